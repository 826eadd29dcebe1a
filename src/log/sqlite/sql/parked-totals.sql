-- Purpose: how many unsettled rows each endpoint has, and how many of them are held or blocked.
-- Parameters: none.
-- Result: endpoint, total, held or blocked.
SELECT endpoint, count(*), sum(state IN ('held', 'blocked'))
FROM parked INDEXED BY parked_by_key
WHERE state NOT IN ('exhausted', 'cancelled')
GROUP BY endpoint;
