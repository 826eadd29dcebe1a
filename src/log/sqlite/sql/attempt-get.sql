-- Purpose: one attempt.
-- Parameters: sequence.
-- Result: the attempt with the id and type of its event where it is still stored; or none.
SELECT attempts.sequence, attempts.endpoint, attempts.position, attempts.number, attempts.trigger, attempts.started_at_ms,
  attempts.duration_ms, attempts.status, attempts.error_class, attempts.error_detail, attempts.retry_after_ms,
  attempts.response_truncated, attempts.response_body, events.id, events.type
FROM attempts LEFT JOIN events ON events.position = attempts.position
WHERE attempts.sequence = ?;
