-- Purpose: how many unsettled rows an endpoint has.
-- Parameters: endpoint.
-- Result: total.
SELECT count(*) FROM parked INDEXED BY parked_by_key WHERE endpoint = ? AND state NOT IN ('exhausted', 'cancelled');
