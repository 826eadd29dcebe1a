-- Purpose: reads idempotency keys, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `idempotency` as src/log/move/moved-tables.ts has them.
SELECT scope, key, body_hash, items, created_at_ms
FROM idempotency
WHERE (scope, key) > (?, ?)
ORDER BY scope, key
LIMIT ?;
