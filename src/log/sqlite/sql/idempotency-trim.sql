-- Purpose: forgets old idempotency keys.
-- Parameters: the time up to which keys are forgotten, the most rows.
-- Result: none.
DELETE FROM idempotency
WHERE number IN (SELECT number FROM idempotency WHERE created_at_ms <= ? ORDER BY created_at_ms LIMIT ?);
