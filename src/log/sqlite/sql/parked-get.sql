-- Purpose: the row of one delivery.
-- Parameters: endpoint, position.
-- Result: position, state, attempts, step, due; or none.
SELECT position, state, attempts, step, due_at_ms FROM parked WHERE endpoint = ? AND position = ?;
