-- Purpose: hold an advisory lock for as long as the transaction lasts.
-- Parameters: a number that nobody else uses.
-- Result: nothing to read.
SELECT pg_advisory_xact_lock($1::bigint);
