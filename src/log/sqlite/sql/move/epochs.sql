-- Purpose: reads what the log has been through, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `epochs` as src/log/move/moved-tables.ts has them.
SELECT id, after_position
FROM epochs
WHERE id > ?
ORDER BY id
LIMIT ?;
