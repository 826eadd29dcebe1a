-- Purpose: removes the parked rows of events that have left the log.
-- Parameters: the last position that has left, the most rows, shards and their fences (null: all).
-- Result: one row: more, and cancelled: pairs of endpoint and how many of its deliveries, as JSON, null where there are
--   none.
SELECT cancelled, more FROM trotline.trim_parked($1, $2, $3, $4);
