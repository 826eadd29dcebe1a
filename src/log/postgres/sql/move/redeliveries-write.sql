-- Purpose: adds redeliveries that are moved.
-- Parameters: the columns of `redeliveries` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.redeliveries (position, count, last_at_ms)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::double precision[]);
