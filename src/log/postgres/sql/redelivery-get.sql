-- Purpose: how often an event came again.
-- Parameters: position.
-- Result: count and last_at_ms; no row where it never did.
SELECT count, last_at_ms FROM trotline.redeliveries WHERE position = $1;
