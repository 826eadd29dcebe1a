-- Purpose: attempts of one event, at one endpoint or at all. They are found first, and put in order then (OFFSET keeps
--   the two apart): walked in order, the whole journal would be read for an event that went nowhere.
-- Parameters: those of attempts-search.ts, the endpoint or null, the position.
-- Result: attempts with the id and type of their event where it is still stored, newest first.
SELECT a.sequence, a.endpoint, a.position, a.number, a.trigger, a.started_at_ms, a.duration_ms, a.status, a.error_class,
  a.error_detail, a.retry_after_ms, a.response_truncated, a.response_body, e.id AS event_id, e.type AS event_type
FROM (
  SELECT * FROM trotline.attempts WHERE position = $12 AND ($11::bigint IS NULL OR endpoint = $11) OFFSET 0
) AS a LEFT JOIN trotline.events e
  ON e.position = a.position AND e.position > (SELECT trimmed_through FROM trotline.log_state)
WHERE a.sequence >= $1 AND a.sequence < $2
  AND ($3::smallint IS NULL OR (a.error_class IS NULL) = ($3 = 1))
  AND ($4::text IS NULL OR e.tenant = $4)
  AND ($5::integer IS NULL OR a.status >= $5)
  AND ($6::integer IS NULL OR a.status <= $6)
  AND ($7::smallint IS NULL OR a.error_class = $7)
  AND ($8::double precision IS NULL OR a.started_at_ms >= $8)
  AND ($9::double precision IS NULL OR a.started_at_ms < $9)
ORDER BY a.sequence DESC
LIMIT $10;
