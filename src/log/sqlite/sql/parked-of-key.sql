-- Purpose: the first unsettled rows of one key.
-- Parameters: endpoint, key, the most rows.
-- Result: position, state, attempts, step, due, key.
SELECT position, state, attempts, step, due_at_ms, key
FROM parked INDEXED BY parked_by_key
WHERE endpoint = ? AND key = ? AND state NOT IN ('exhausted', 'cancelled')
ORDER BY position
LIMIT ?;
