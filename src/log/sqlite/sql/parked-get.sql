-- Purpose: the row of one delivery.
-- Parameters: endpoint, position.
-- Result: position, state, attempts, step, due, key; or none.
SELECT position, state, attempts, step, due_at_ms, key FROM parked WHERE endpoint = ? AND position = ?;
