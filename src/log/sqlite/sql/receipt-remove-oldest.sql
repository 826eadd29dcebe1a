-- Purpose: removes the oldest receipt of all.
-- Parameters: none.
-- Result: none.
DELETE FROM receipts WHERE id = (SELECT min(id) FROM receipts);
