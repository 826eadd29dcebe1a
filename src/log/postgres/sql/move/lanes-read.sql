-- Purpose: reads lanes, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `lanes` as src/log/move/moved-tables.ts has them.
SELECT endpoint, read_position, behind::integer AS behind, pending, health
FROM trotline.lanes
WHERE endpoint > $1::bigint AND (behind OR health IS NOT NULL)
ORDER BY endpoint
LIMIT $2;
