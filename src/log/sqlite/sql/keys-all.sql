-- Purpose: every key.
-- Parameters: none.
-- Result: id, name, hash, scopes as JSON, created.
SELECT id, name, hash, scopes, created_at_ms FROM keys ORDER BY number;
