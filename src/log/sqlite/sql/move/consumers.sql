-- Purpose: reads consumers, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `consumers` as src/log/move/moved-tables.ts has them.
SELECT tenant, name, document
FROM consumers
WHERE (tenant, name) > (?, ?)
ORDER BY tenant, name
LIMIT ?;
