-- Purpose: what the log knows of itself.
-- Parameters: none.
-- Result: one row: trimmed through, trimmed bytes, trimmed accepted, attempts trimmed through, attempt ended, attempt lag.
SELECT trimmed_through, trimmed_bytes, trimmed_accepted_at_ms,
  attempts_trimmed_through, attempt_ended_at_ms, attempt_lag_ms
FROM log_state;
