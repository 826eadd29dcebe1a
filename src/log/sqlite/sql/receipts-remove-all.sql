-- Purpose: removes the receipts of a source.
-- Parameters: source.
-- Result: none.
DELETE FROM receipts WHERE source = ?;
