-- Purpose: adds replays that are moved.
-- Parameters: the columns of `replays` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.replays (id, document, version)
SELECT id, document, 0 FROM unnest($1::text[], $2::text[]) AS given (id, document);
