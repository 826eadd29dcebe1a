-- Purpose: every lane that is behind or not well.
-- Parameters: none.
-- Result: endpoint, read position, behind, pending, health.
SELECT endpoint, read_position, behind, pending, health
FROM trotline.lanes
WHERE behind OR health IS NOT NULL
ORDER BY endpoint;
