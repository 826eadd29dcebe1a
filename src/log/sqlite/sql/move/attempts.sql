-- Purpose: reads attempts, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `attempts` as src/log/move/moved-tables.ts has them.
SELECT sequence, endpoint, position, number, trigger, started_at_ms, duration_ms, ended_at_ms,
  status, error_class, error_detail, retry_after_ms, response_truncated, response_body
FROM attempts
WHERE sequence > ?
ORDER BY sequence
LIMIT ?;
