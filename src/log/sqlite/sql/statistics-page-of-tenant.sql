-- Purpose: rows of statistics of one tenant, a page at a time, by a seek for each step.
-- Parameters: those of statistics-search.ts; the last row of the page before.
-- Result: begin, tenant, endpoint, type, measures. In this order without being sorted: steps come as they are made, and
--   each one's rows by the key.
WITH RECURSIVE steps (at) AS (
  SELECT :last_begin UNION ALL SELECT at + :step FROM steps WHERE at + :step < :before
)
SELECT begins_at_ms, tenant, endpoint, type, measures
FROM steps CROSS JOIN statistics NOT INDEXED
WHERE grain = :grain AND step_ms = :step AND begins_at_ms = at AND at < :before AND tenant = :tenant
  AND (at > :last_begin OR (tenant, endpoint, type) > (:last_tenant, :last_endpoint, :last_type))
  AND (:type IS NULL OR type = :type)
LIMIT :limit;
