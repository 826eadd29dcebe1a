-- Purpose: adds idempotency keys that are moved.
-- Parameters: the columns of `idempotency` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.idempotency (scope, key, body_hash, items, created_at_ms)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::double precision[]);
