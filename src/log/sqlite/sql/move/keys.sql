-- Purpose: reads keys, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `keys` as src/log/move/moved-tables.ts has them.
SELECT number, id, name, hash, scopes, tenant, created_at_ms, expires_at_ms,
  rotated_at_ms, previous_hash, previous_until_ms, last_used_at_ms
FROM keys
WHERE number > ?
ORDER BY number
LIMIT ?;
