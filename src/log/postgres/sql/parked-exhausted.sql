-- Purpose: of the rows of an endpoint that were given up since a time, the one that was first.
-- Parameters: endpoint, since.
-- Result: position, state, attempts, step, given up, key; or none.
SELECT position, state, attempts, step, due_at_ms, key
FROM trotline.parked
WHERE endpoint = $1 AND state IN ('exhausted', 'blocked') AND due_at_ms >= $2
ORDER BY due_at_ms, position
LIMIT 1;
