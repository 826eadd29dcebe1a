-- Purpose: stores or replaces the row of a parked delivery.
-- Parameters: endpoint, position, state, attempts, step, due, key.
-- Result: none.
INSERT INTO parked (endpoint, position, state, attempts, step, due_at_ms, key)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (endpoint, position) DO UPDATE SET
  state = excluded.state, attempts = excluded.attempts, step = excluded.step, due_at_ms = excluded.due_at_ms,
  key = excluded.key;
