-- Purpose: reads how often received events came again, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `redeliveries` as src/log/move/moved-tables.ts has them.
SELECT position, count, last_at_ms
FROM redeliveries
WHERE position > ?
ORDER BY position
LIMIT ?;
