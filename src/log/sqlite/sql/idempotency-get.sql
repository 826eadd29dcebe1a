-- Purpose: what was answered to an idempotency key.
-- Parameters: scope, key, the time up to which keys are forgotten.
-- Result: body hash and items as JSON, or none.
SELECT body_hash, items FROM idempotency WHERE scope = ? AND key = ? AND created_at_ms > ?;
