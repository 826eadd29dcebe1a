-- Purpose: one step of removing what is parked for endpoints that were deleted.
-- Parameters: how many rows.
-- Result: none where nothing is left to remove; else one row.
SELECT trotline.remove_leaving(endpoint, $1)
FROM (SELECT endpoint FROM trotline.endpoints_leaving ORDER BY endpoint LIMIT 1) AS leaving;
