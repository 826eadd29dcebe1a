-- Purpose: rows of statistics of one endpoint, a page at a time.
-- Parameters: grain, step, the begin before which they stop, their type or null, tenant or null, endpoint; the last row
--   of the page before (begin, tenant, endpoint, type), how many.
-- Result: begins_at_ms, tenant, endpoint, type, measures; in this order.
SELECT begins_at_ms, tenant, endpoint, type, measures
FROM trotline.statistics
WHERE grain = $1 AND step_ms = $2 AND grain IN (0, 3) AND endpoint = $6 AND ($5::text IS NULL OR tenant = $5)
  AND begins_at_ms >= $7
  AND (begins_at_ms, tenant, endpoint, type) > ($7, $8, $9, $10)
  AND begins_at_ms < $3
  AND ($4::text IS NULL OR type = $4)
ORDER BY begins_at_ms, tenant, endpoint, type
LIMIT $11;
