-- Purpose: removes the parked rows of events that have left the log.
-- Parameters: the last position that has left.
-- Result: one row: cancelled, pairs of endpoint and how many of its deliveries, as JSON; null where there are none.
SELECT trotline.trim_parked($1) AS cancelled;
