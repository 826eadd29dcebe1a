-- Purpose: the unsettled rows of an endpoint that are due first.
-- Parameters: endpoint, the most rows.
-- Result: position, state, attempts, step, due.
SELECT position, state, attempts, step, due_at_ms
FROM parked INDEXED BY parked_due
WHERE endpoint = ? AND state <> 'exhausted'
ORDER BY due_at_ms, position
LIMIT ?;
