-- Purpose: reads endpoints, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `endpoints` as src/log/move/moved-tables.ts has them.
SELECT number, document
FROM endpoints
WHERE number > ?
ORDER BY number
LIMIT ?;
