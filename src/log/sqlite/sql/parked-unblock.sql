-- Purpose: what was blocked is in nobody's way any more.
-- Parameters: endpoint.
-- Result: none.
UPDATE parked SET state = 'exhausted' WHERE endpoint = ? AND state = 'blocked';
