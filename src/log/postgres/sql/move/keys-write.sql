-- Purpose: adds keys that are moved.
-- Parameters: the columns of `keys` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
WITH added AS (
  INSERT INTO trotline.keys (number, id, document, last_used_at_ms, version)
  SELECT number, id, json_build_object(
    'id', id, 'name', name, 'hash', hash, 'scopes', scopes::json, 'tenant', tenant,
    'createdAtMs', created_at_ms, 'expiresAtMs', expires_at_ms, 'rotatedAtMs', rotated_at_ms,
    'previous', CASE WHEN previous_hash IS NOT NULL
      THEN json_build_object('hash', previous_hash, 'untilMs', previous_until_ms) END,
    'lastUsedAtMs', last_used_at_ms
  )::text, last_used_at_ms, 0
  FROM unnest(
    $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::double precision[],
    $8::double precision[], $9::double precision[], $10::text[], $11::double precision[], $12::double precision[]
  ) AS given (
    number, id, name, hash, scopes, tenant, created_at_ms, expires_at_ms,
    rotated_at_ms, previous_hash, previous_until_ms, last_used_at_ms
  )
  RETURNING number
)
SELECT setval(pg_get_serial_sequence('trotline.keys', 'number'), (SELECT max(number) FROM added));
