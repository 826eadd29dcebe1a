-- Purpose: makes deliveries that were given up due again, with a fresh schedule.
-- Parameters: endpoint, given up since, due.
-- Result: none.
UPDATE parked SET state = 'retrying', step = 0, due_at_ms = ?3
WHERE endpoint = ?1 AND state = 'exhausted' AND due_at_ms >= ?2;
