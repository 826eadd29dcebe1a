-- Purpose: removes the record of a lane that is well and has nothing to do, or of a deleted endpoint.
-- Parameters: endpoint.
-- Result: none.
DELETE FROM lanes WHERE endpoint = ?;
