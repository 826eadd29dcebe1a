-- Purpose: notes how much later than its start an attempt may have ended.
-- Parameters: milliseconds.
-- Result: none.
UPDATE log_state SET attempt_lag_ms = ?;
