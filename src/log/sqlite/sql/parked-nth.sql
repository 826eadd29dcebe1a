-- Purpose: the position of the row that is n rows beyond the oldest.
-- Parameters: the last position to look at, n.
-- Result: position, or none.
SELECT position FROM parked INDEXED BY parked_by_event WHERE position <= ? ORDER BY position LIMIT 1 OFFSET ?;
