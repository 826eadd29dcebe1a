-- Purpose: measures what was moved, for the planner: nothing else does so for tables that have partitions
--   (https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS).
-- Parameters: none.
-- Result: none.
ANALYZE trotline.events, trotline.event_ids, trotline.attempts, trotline.parked, trotline.idempotency;
