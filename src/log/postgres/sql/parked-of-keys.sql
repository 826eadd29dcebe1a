-- Purpose: the first unsettled rows of each of some keys.
-- Parameters: endpoint, keys, the most rows of each.
-- Result: position, state, attempts, step, due, key; in the order of the keys given, then by position.
SELECT parked.*
FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted(key, nth)
CROSS JOIN LATERAL (
  SELECT position, state, attempts, step, due_at_ms, key
  FROM trotline.parked
  WHERE endpoint = $1 AND key = wanted.key AND state NOT IN ('exhausted', 'cancelled')
  ORDER BY position
  LIMIT $3
) AS parked
ORDER BY wanted.nth, parked.position;
