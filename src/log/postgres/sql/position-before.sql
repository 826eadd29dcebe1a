-- Purpose: the last event that was accepted before a time.
-- Parameters: the time, the last position to look at.
-- Result: one row: its position, or that before the first event; and what has left the log.
SELECT trotline.position_before($1, $2) AS position, trimmed_through, trimmed_accepted_at_ms FROM trotline.log_state;
