-- Purpose: stores the record of a lane that is behind or not well.
-- Parameters: endpoint, read position, behind, pending as JSON, health as JSON.
-- Result: none.
INSERT INTO lanes (endpoint, read_position, behind, pending, health)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (endpoint) DO UPDATE SET
  read_position = excluded.read_position, behind = excluded.behind, pending = excluded.pending, health = excluded.health;
