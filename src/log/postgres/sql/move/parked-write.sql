-- Purpose: adds parked deliveries that are moved.
-- Parameters: the columns of `parked` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.parked (endpoint, position, state, attempts, step, due_at_ms, key)
SELECT *
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::integer[], $6::double precision[], $7::bigint[]);
