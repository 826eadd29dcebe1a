-- Purpose: reads the catalogue of event types, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `event_types` as src/log/move/moved-tables.ts has them.
SELECT name, document
FROM event_types
WHERE name > ?
ORDER BY name
LIMIT ?;
