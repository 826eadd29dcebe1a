-- Purpose: what retention needs to know of one event.
-- Parameters: position.
-- Result: when it was accepted, bytes of data of all events up to it and with it, bytes of its own data.
SELECT accepted_at_ms, bytes_through, length(data) FROM events WHERE position = ?;
