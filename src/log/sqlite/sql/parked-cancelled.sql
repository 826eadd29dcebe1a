-- Purpose: counts the unsettled rows of events that leave the log.
-- Parameters: the last position that leaves.
-- Result: endpoint, total.
SELECT endpoint, count(*)
FROM parked INDEXED BY parked_by_event
WHERE position <= ? AND state NOT IN ('exhausted', 'cancelled')
GROUP BY endpoint ORDER BY endpoint;
