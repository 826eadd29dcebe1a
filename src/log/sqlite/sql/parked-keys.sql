-- Purpose: the keys of an endpoint's unsettled rows, with the state of the first row of each.
-- Parameters: endpoint, beyond which key, the most keys.
-- Result: key, state of the row with the lowest position, rows, that position.
-- The state is of the row that min() found: https://www.sqlite.org/lang_select.html#bareagg
SELECT key, state, count(*), min(position)
FROM parked INDEXED BY parked_by_key
WHERE endpoint = ? AND key > ? AND state NOT IN ('exhausted', 'cancelled')
GROUP BY key
ORDER BY key
LIMIT ?;
