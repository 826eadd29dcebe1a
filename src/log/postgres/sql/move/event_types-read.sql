-- Purpose: reads the catalogue of event types, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `event_types` as src/log/move/moved-tables.ts has them.
SELECT name, document
FROM trotline.event_types
WHERE name > $1::text
ORDER BY name
LIMIT $2;
