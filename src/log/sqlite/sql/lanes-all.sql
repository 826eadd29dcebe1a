-- Purpose: every lane that is behind or not well.
-- Parameters: none.
-- Result: endpoint, read position, behind, pending, health.
SELECT endpoint, read_position, behind, pending, health FROM lanes ORDER BY endpoint;
