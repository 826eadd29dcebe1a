-- Purpose: notes which attempts have left.
-- Parameters: the last sequence that was removed, when it had ended.
-- Result: none.
UPDATE log_state SET attempts_trimmed_through = ?, attempt_ended_at_ms = ?;
