-- Purpose: removes the oldest events.
-- Parameters: the last position to remove.
-- Result: none.
DELETE FROM events WHERE position <= ?;
