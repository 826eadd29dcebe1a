-- Purpose: every key.
-- Parameters: none.
-- Result: id, name, hash, scopes as JSON, tenant, created, expires, rotated, previous hash and its end, last used.
SELECT id, name, hash, scopes, tenant, created_at_ms, expires_at_ms, rotated_at_ms, previous_hash, previous_until_ms,
  last_used_at_ms
FROM keys ORDER BY number;
