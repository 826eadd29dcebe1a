-- Purpose: removes a key.
-- Parameters: id.
-- Result: none.
DELETE FROM keys WHERE id = ?;
