-- Purpose: reads parked deliveries, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `parked` as src/log/move/moved-tables.ts has them.
SELECT endpoint, position, state, attempts, step, due_at_ms, key
FROM parked
WHERE (endpoint, position) > (?, ?)
ORDER BY endpoint, position
LIMIT ?;
