-- Purpose: rows of statistics, a page at a time.
-- Parameters: grain, step, the begin before which they stop, their type or null; the last row of the page
--   before (begin, tenant, endpoint, type), how many.
-- Result: begins_at_ms, tenant, endpoint, type, measures; in this order.
SELECT begins_at_ms, tenant, endpoint, type, measures
FROM trotline.statistics
WHERE grain = $1 AND step_ms = $2 AND begins_at_ms >= $5
  AND (begins_at_ms, tenant, endpoint, type) > ($5, $6, $7, $8)
  AND begins_at_ms < $3
  AND ($4::text IS NULL OR type = $4)
ORDER BY begins_at_ms, tenant, endpoint, type
LIMIT $9;
