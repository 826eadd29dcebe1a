-- Purpose: removes every row of an endpoint, settled or not.
-- Parameters: endpoint.
-- Result: none.
DELETE FROM parked WHERE endpoint = ?;
