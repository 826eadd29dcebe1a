-- Purpose: adds event types that are moved.
-- Parameters: the columns of `event_types` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.event_types (name, document, version)
SELECT name, document, 0 FROM unnest($1::text[], $2::text[]) AS given (name, document);
