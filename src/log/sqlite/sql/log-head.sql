-- Purpose: the last event.
-- Parameters: none.
-- Result: position, when it was accepted, bytes through; none while the log is empty.
SELECT position, accepted_at_ms, bytes_through FROM events ORDER BY position DESC LIMIT 1;
