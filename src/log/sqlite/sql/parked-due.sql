-- Purpose: the rows of an endpoint that are due first.
-- Parameters: endpoint, the most rows.
-- Result: position, state, attempts, step, due, key.
SELECT position, state, attempts, step, due_at_ms, key
FROM parked INDEXED BY parked_due
WHERE endpoint = ? AND state IN ('sending', 'retrying')
ORDER BY due_at_ms, position
LIMIT ?;
