-- Purpose: what retention needs to know of one event.
-- Parameters: position.
-- Result: when it was accepted, bytes of data and requests of all events up to it and with it, its own bytes.
SELECT accepted_at_ms, bytes_through, length(data) + ifnull(length(request), 0) FROM events WHERE position = ?;
