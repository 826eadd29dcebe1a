-- Purpose: notes what has left the log.
-- Parameters: trimmed through, trimmed bytes, trimmed accepted.
-- Result: none.
UPDATE log_state SET trimmed_through = ?, trimmed_bytes = ?, trimmed_accepted_at_ms = ?;
