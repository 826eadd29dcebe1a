-- Purpose: rows of statistics of one tenant, a page at a time.
-- Parameters: grain, step, the begin before which they stop, their type or null, tenant; the last row of the page
--   before (begin, tenant, endpoint, type), how many.
-- Result: begins_at_ms, tenant, endpoint, type, measures; in this order.
SELECT begins_at_ms, tenant, endpoint, type, measures
FROM trotline.statistics
WHERE grain = $1 AND step_ms = $2 AND tenant = $5 AND begins_at_ms >= $6
  AND (begins_at_ms, tenant, endpoint, type) > ($6, $7, $8, $9)
  AND begins_at_ms < $3
  AND ($4::text IS NULL OR type = $4)
ORDER BY begins_at_ms, tenant, endpoint, type
LIMIT $10;
