-- Purpose: rows of statistics, a page at a time.
-- Parameters: those of statistics-search.ts; the last row of the page before.
-- Result: begin, tenant, endpoint, type, measures; in this order.
SELECT begins_at_ms, tenant, endpoint, type, measures
FROM statistics NOT INDEXED
WHERE grain = :grain AND step_ms = :step AND begins_at_ms >= :last_begin
  AND (begins_at_ms, tenant, endpoint, type) > (:last_begin, :last_tenant, :last_endpoint, :last_type)
  AND begins_at_ms < :before
  AND (:type IS NULL OR type = :type) AND (:endpoint IS NULL OR endpoint = :endpoint)
ORDER BY begins_at_ms, tenant, endpoint, type
LIMIT :limit;
