-- Purpose: reads endpoints, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `endpoints` as src/log/move/moved-tables.ts has them.
SELECT number, document
FROM trotline.endpoints
WHERE number > $1::bigint
ORDER BY number
LIMIT $2;
