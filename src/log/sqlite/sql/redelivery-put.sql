-- Purpose: counts one more copy of a received event.
-- Parameters: position, time.
-- Result: none.
INSERT INTO redeliveries (position, count, last_at_ms) VALUES (?, 1, ?)
ON CONFLICT (position) DO UPDATE SET count = count + 1, last_at_ms = excluded.last_at_ms;
