-- Purpose: reads replays, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `replays` as src/log/move/moved-tables.ts has them.
SELECT id, document
FROM replays
WHERE id > ?
ORDER BY id
LIMIT ?;
