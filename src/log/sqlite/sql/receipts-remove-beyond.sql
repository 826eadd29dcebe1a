-- Purpose: removes the oldest receipts of a source beyond a number of them.
-- Parameters: source, that number.
-- Result: none.
DELETE FROM receipts WHERE source = ?1 AND id <= (
  SELECT id FROM receipts WHERE source = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
);
