-- Purpose: removes the rows of events that leave the log.
-- Parameters: the last position that leaves.
-- Result: none.
DELETE FROM parked WHERE position <= ?;
