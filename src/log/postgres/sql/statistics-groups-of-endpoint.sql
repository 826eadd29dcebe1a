-- Purpose: the groups of statistics of one endpoint with the most deliveries.
-- Parameters: grain, step, the begin before which they stop, their type or null, tenant or null, endpoint; the
--   first begin, `tenant`, `endpoint` or `type`, how many.
-- Result: key, as text.
SELECT CASE $8::text WHEN 'tenant' THEN tenant WHEN 'endpoint' THEN endpoint::text ELSE type END AS key
FROM trotline.statistics
WHERE grain = $1 AND step_ms = $2 AND grain IN (0, 3) AND endpoint = $6 AND ($5::text IS NULL OR tenant = $5)
  AND begins_at_ms >= $7 AND begins_at_ms < $3
  AND ($4::text IS NULL OR type = $4)
GROUP BY key
ORDER BY sum(sent) DESC, min(endpoint), key
LIMIT $9;
