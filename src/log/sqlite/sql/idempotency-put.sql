-- Purpose: remembers what is answered to an idempotency key.
-- Parameters: scope, key, body hash, items as JSON, now.
-- Result: none.
INSERT INTO idempotency (scope, key, body_hash, items, created_at_ms)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (scope, key) DO UPDATE SET
  body_hash = excluded.body_hash, items = excluded.items, created_at_ms = excluded.created_at_ms;
