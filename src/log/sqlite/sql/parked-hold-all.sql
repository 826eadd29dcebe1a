-- Purpose: puts every unsettled row of an endpoint into one line.
-- Parameters: endpoint, the key of the line.
-- Result: none.
UPDATE parked SET state = 'held', key = ?2 WHERE endpoint = ?1 AND state NOT IN ('exhausted', 'cancelled');
