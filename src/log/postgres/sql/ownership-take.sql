-- Purpose: make this process the one that works on the store, where no other is.
-- Parameters: who it is, milliseconds of the lease.
-- Result: fence; null where another process has the store.
SELECT trotline.take_ownership($1, $2) AS fence;
