-- Purpose: how many unsettled rows each endpoint has, and whether some are held or blocked. What is left of endpoints
-- that were deleted does not count.
-- Parameters: none.
-- Result: endpoint, total, is_ordered.
SELECT endpoint, count(*) AS total, bool_or(state IN ('held', 'blocked')) AS is_ordered
FROM trotline.parked
WHERE state NOT IN ('exhausted', 'cancelled')
  AND endpoint NOT IN (SELECT endpoint FROM trotline.endpoints_leaving)
GROUP BY endpoint ORDER BY endpoint;
