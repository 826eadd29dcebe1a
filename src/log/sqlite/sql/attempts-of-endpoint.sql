-- Purpose: attempts of one endpoint.
-- Parameters: those of attempts-search.ts.
-- Result: attempts with the id and type of their event where it is still stored, newest first.
SELECT attempts.sequence, attempts.endpoint, attempts.position, attempts.number, attempts.trigger, attempts.started_at_ms,
  attempts.duration_ms, attempts.status, attempts.error_class, attempts.error_detail, attempts.retry_after_ms,
  attempts.response_truncated, attempts.response_body, events.id, events.type
FROM attempts INDEXED BY attempts_by_endpoint LEFT JOIN events ON events.position = attempts.position
WHERE attempts.sequence >= :from_sequence AND attempts.sequence < :before_sequence
  AND attempts.endpoint = :endpoint
  AND (:delivered IS NULL OR (attempts.error_class IS NULL) = :delivered)
  AND (:tenant IS NULL OR events.tenant = :tenant)
  AND (:status_min IS NULL OR attempts.status >= :status_min)
  AND (:status_max IS NULL OR attempts.status <= :status_max)
  AND (:error_class IS NULL OR attempts.error_class = :error_class)
  AND (:from_ms IS NULL OR attempts.started_at_ms >= :from_ms)
  AND (:before_ms IS NULL OR attempts.started_at_ms < :before_ms)
ORDER BY attempts.sequence DESC
LIMIT :limit;
