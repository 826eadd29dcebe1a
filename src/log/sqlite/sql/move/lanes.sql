-- Purpose: reads lanes, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `lanes` as src/log/move/moved-tables.ts has them.
SELECT endpoint, read_position, behind, pending, health
FROM lanes
WHERE endpoint > ?
ORDER BY endpoint
LIMIT ?;
