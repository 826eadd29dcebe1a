-- Purpose: removes the row of one delivery.
-- Parameters: endpoint, position.
-- Result: none.
DELETE FROM parked WHERE endpoint = ? AND position = ?;
