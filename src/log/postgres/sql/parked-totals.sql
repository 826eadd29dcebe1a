-- Purpose: how many unsettled rows each endpoint of some shards has, and whether some are held or blocked. What is left
-- of endpoints that were deleted does not count. Rows of endpoints of other shards are stepped over in the index.
-- Parameters: shards.
-- Result: endpoint, total, is_ordered.
WITH RECURSIVE parked (endpoint) AS (
  SELECT min(endpoint) FROM trotline.parked WHERE state NOT IN ('exhausted', 'cancelled')
  UNION ALL
  SELECT (
    SELECT min(further.endpoint) FROM trotline.parked AS further
    WHERE further.endpoint > parked.endpoint AND further.state NOT IN ('exhausted', 'cancelled')
  ) FROM parked WHERE parked.endpoint IS NOT NULL
)
SELECT parked.endpoint, counted.total, counted.is_ordered
FROM parked, LATERAL (
  SELECT count(*) AS total, bool_or(of_endpoint.state IN ('held', 'blocked')) AS is_ordered
  FROM trotline.parked AS of_endpoint
  WHERE of_endpoint.endpoint = parked.endpoint AND of_endpoint.state NOT IN ('exhausted', 'cancelled')
) AS counted
WHERE trotline.shard_of(parked.endpoint) = ANY ($1::integer[])
  AND parked.endpoint NOT IN (SELECT endpoint FROM trotline.endpoints_leaving)
ORDER BY parked.endpoint;
