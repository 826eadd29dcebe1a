-- Purpose: stores or replaces a key.
-- Parameters: id, name, hash, scopes as JSON, tenant, created, expires, rotated, previous hash and its end, last used.
-- Result: none.
INSERT INTO keys (id, name, hash, scopes, tenant, created_at_ms, expires_at_ms, rotated_at_ms, previous_hash,
  previous_until_ms, last_used_at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, hash = excluded.hash, scopes = excluded.scopes, tenant = excluded.tenant,
  created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms,
  rotated_at_ms = excluded.rotated_at_ms, previous_hash = excluded.previous_hash,
  previous_until_ms = excluded.previous_until_ms, last_used_at_ms = excluded.last_used_at_ms;
