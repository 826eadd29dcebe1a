-- Purpose: the rows of an endpoint that are due first, and how many it has that are not settled.
-- Parameters: endpoint, the most rows.
-- Result: total in each row; position, state, attempts, step, due, key, which are null where no row is due.
SELECT unsettled.total, due.*
FROM (
  SELECT count(*) AS total FROM trotline.parked WHERE endpoint = $1 AND state NOT IN ('exhausted', 'cancelled')
) AS unsettled
LEFT JOIN (
  SELECT position, state, attempts, step, due_at_ms, key
  FROM trotline.parked
  WHERE endpoint = $1 AND state IN ('sending', 'retrying')
  ORDER BY due_at_ms, position
  LIMIT $2
) AS due ON true
ORDER BY due.due_at_ms, due.position;
