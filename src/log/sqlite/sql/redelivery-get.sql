-- Purpose: how often an event came again.
-- Parameters: position.
-- Result: how often, and when last; no row where it never did.
SELECT count, last_at_ms FROM redeliveries WHERE position = ?;
