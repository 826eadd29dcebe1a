-- Purpose: which deliveries of a range failed, and are not settled with success.
-- Parameters: endpoint, the first position, the last, how many at most.
-- Result: position, ascending.
SELECT position
FROM trotline.parked
WHERE endpoint = $1 AND position BETWEEN $2 AND $3 AND state IN ('retrying', 'blocked', 'exhausted')
ORDER BY position
LIMIT $4;
