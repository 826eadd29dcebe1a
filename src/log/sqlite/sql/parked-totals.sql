-- Purpose: how many unsettled rows each endpoint has.
-- Parameters: none.
-- Result: endpoint, total.
SELECT endpoint, count(*) FROM parked INDEXED BY parked_due WHERE state <> 'exhausted' GROUP BY endpoint;
