-- Purpose: reads sources, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `sources` as src/log/move/moved-tables.ts has them.
SELECT number, document
FROM sources
WHERE number > ?
ORDER BY number
LIMIT ?;
