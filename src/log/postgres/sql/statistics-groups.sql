-- Purpose: the groups of statistics with the most deliveries.
-- Parameters: grain, step, the begin before which they stop, their type or null; the first begin, `tenant`,
--   `endpoint` or `type`, how many.
-- Result: key, as text.
SELECT CASE $6::text WHEN 'tenant' THEN tenant WHEN 'endpoint' THEN endpoint::text ELSE type END AS key
FROM trotline.statistics
WHERE grain = $1 AND step_ms = $2 AND begins_at_ms >= $5 AND begins_at_ms < $3
  AND ($4::text IS NULL OR type = $4)
GROUP BY key
ORDER BY sum(sent) DESC, min(endpoint), key
LIMIT $7;
