-- Purpose: removes a source.
-- Parameters: number.
-- Result: none.
DELETE FROM sources WHERE number = ?;
