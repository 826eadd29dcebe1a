-- Purpose: the keys of an endpoint's unsettled rows, with the state of the first row of each.
-- Parameters: endpoint, beyond which key, the most keys.
-- Result: key, rows, state of the row with the lowest position.
SELECT standing.key, standing.rows, (
  SELECT state FROM trotline.parked
  WHERE endpoint = $1 AND key = standing.key AND state NOT IN ('exhausted', 'cancelled')
  ORDER BY position LIMIT 1
) AS state
FROM (
  SELECT key, count(*) AS rows
  FROM trotline.parked
  WHERE endpoint = $1 AND key > $2 AND state NOT IN ('exhausted', 'cancelled')
  GROUP BY key ORDER BY key LIMIT $3
) AS standing
ORDER BY standing.key;
