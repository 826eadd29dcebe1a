-- Purpose: the groups of statistics with the most deliveries.
-- Parameters: those of statistics-search.ts.
-- Result: tenant, endpoint's number or type.
SELECT CASE :group_by WHEN 'tenant' THEN tenant WHEN 'endpoint' THEN endpoint ELSE type END AS key
FROM statistics NOT INDEXED
WHERE grain = :grain AND step_ms = :step AND begins_at_ms >= :from AND begins_at_ms < :before
  AND (:type IS NULL OR type = :type) AND (:endpoint IS NULL OR endpoint = :endpoint)
GROUP BY key
ORDER BY sum(sent) DESC, key
LIMIT :limit;
