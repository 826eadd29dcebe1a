-- Purpose: what was held is due when its time comes, and has no key: nobody says which of a key is the first now.
-- Parameters: endpoint.
-- Result: none.
UPDATE parked SET state = 'retrying', key = -1 WHERE endpoint = ? AND state = 'held';
