-- Purpose: stores or replaces a key.
-- Parameters: id, name, hash, scopes as JSON, created.
-- Result: none.
INSERT INTO keys (id, name, hash, scopes, created_at_ms)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, hash = excluded.hash, scopes = excluded.scopes, created_at_ms = excluded.created_at_ms;
