-- Purpose: whether there are old idempotency keys.
-- Parameters: the time up to which keys are forgotten.
-- Result: 1, or none.
SELECT 1 FROM idempotency WHERE created_at_ms <= ? LIMIT 1;
