-- Purpose: removes an endpoint.
-- Parameters: number.
-- Result: none.
DELETE FROM endpoints WHERE number = ?;
