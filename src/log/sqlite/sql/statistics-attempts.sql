-- Purpose: the next attempts that are to be counted.
-- Parameters: the sequence before the first, how many.
-- Result: attempts, ascending, with what is known of their event, or of their endpoint where that has left the log; 1 where
--   the event had an attempt before.
SELECT attempts.sequence, attempts.endpoint, attempts.position, attempts.number, attempts.trigger,
  attempts.started_at_ms, attempts.duration_ms, attempts.error_class,
  events.tenant, events.type, events.occurred_at_ms, events.accepted_at_ms,
  CASE WHEN events.position IS NULL
    THEN (SELECT json_extract(document, '$.tenant') FROM endpoints WHERE number = attempts.endpoint) END,
  EXISTS (
    SELECT 1 FROM attempts AS earlier INDEXED BY attempts_by_event
    WHERE earlier.position = attempts.position AND earlier.sequence < attempts.sequence
  )
FROM attempts NOT INDEXED LEFT JOIN events ON events.position = attempts.position
WHERE attempts.sequence > ?1
ORDER BY attempts.sequence
LIMIT ?2;
