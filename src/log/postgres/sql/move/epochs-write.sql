-- Purpose: adds epochs that are moved.
-- Parameters: the columns of `epochs` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
-- Where they began is not said: so the next one begins as soon as a server opens the store.
INSERT INTO trotline.epochs (id, after_position)
SELECT * FROM unnest($1::text[], $2::bigint[]);
