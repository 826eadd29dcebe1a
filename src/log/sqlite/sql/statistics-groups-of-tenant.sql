-- Purpose: the groups of statistics of one tenant with the most deliveries, by a seek for each step.
-- Parameters: those of statistics-search.ts.
-- Result: tenant, endpoint's number or type.
WITH RECURSIVE steps (at) AS (
  SELECT :from UNION ALL SELECT at + :step FROM steps WHERE at + :step < :before
)
SELECT CASE :group_by WHEN 'tenant' THEN tenant WHEN 'endpoint' THEN endpoint ELSE type END AS key
FROM steps CROSS JOIN statistics NOT INDEXED
WHERE grain = :grain AND step_ms = :step AND begins_at_ms = at AND at < :before AND tenant = :tenant
  AND (:type IS NULL OR type = :type)
GROUP BY key
ORDER BY sum(sent) DESC, key
LIMIT :limit;
