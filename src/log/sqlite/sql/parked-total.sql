-- Purpose: how many unsettled rows an endpoint has.
-- Parameters: endpoint.
-- Result: total.
SELECT count(*) FROM parked INDEXED BY parked_due WHERE endpoint = ? AND state <> 'exhausted';
