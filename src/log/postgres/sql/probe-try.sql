-- Purpose: whether an advisory lock that another transaction holds can be had, which must not be.
-- Parameters: the number.
-- Result: was_had.
SELECT pg_try_advisory_xact_lock($1::bigint) AS was_had;
