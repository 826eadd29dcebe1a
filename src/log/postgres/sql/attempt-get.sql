-- Purpose: one attempt.
-- Parameters: sequence.
-- Result: the attempt with the id and type of its event where it is still stored; or none.
SELECT a.sequence, a.endpoint, a.position, a.number, a.trigger, a.started_at_ms, a.duration_ms, a.status, a.error_class,
  a.error_detail, a.retry_after_ms, a.response_truncated, a.response_body, e.id AS event_id, e.type AS event_type
FROM trotline.attempts a LEFT JOIN trotline.events e
  ON e.position = a.position AND e.position > (SELECT trimmed_through FROM trotline.log_state)
WHERE a.sequence = $1 AND a.sequence > (SELECT through FROM trotline.attempts_trimmed);
