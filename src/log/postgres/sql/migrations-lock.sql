-- Purpose: one process at a time changes the schema; it is free again when the transaction ends.
-- Parameters: none.
-- Result: nothing to read.
SELECT pg_advisory_xact_lock(7630254, 1);
