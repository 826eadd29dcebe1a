-- Purpose: stores one attempt.
-- Parameters: in the order of the columns below.
-- Result: none.
INSERT INTO attempts (sequence, endpoint, position, number, trigger, started_at_ms, duration_ms, ended_at_ms,
  status, error_class, error_detail, retry_after_ms, response_truncated, response_body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
