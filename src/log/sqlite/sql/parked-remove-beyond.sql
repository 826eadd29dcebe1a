-- Purpose: removes the rows of an endpoint beyond a position, settled or not.
-- Parameters: endpoint, position.
-- Result: none.
DELETE FROM parked WHERE endpoint = ? AND position > ?;
