-- Purpose: reads keys, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `keys` as src/log/move/moved-tables.ts has them.
SELECT number, id, document::json ->> 'name' AS name, document::json ->> 'hash' AS hash,
  (document::json -> 'scopes')::text AS scopes, document::json ->> 'tenant' AS tenant,
  (document::json ->> 'createdAtMs')::double precision AS created_at_ms,
  (document::json ->> 'expiresAtMs')::double precision AS expires_at_ms,
  (document::json ->> 'rotatedAtMs')::double precision AS rotated_at_ms,
  document::json #>> '{previous,hash}' AS previous_hash,
  (document::json #>> '{previous,untilMs}')::double precision AS previous_until_ms,
  last_used_at_ms
FROM trotline.keys
WHERE number > $1::bigint
ORDER BY number
LIMIT $2;
