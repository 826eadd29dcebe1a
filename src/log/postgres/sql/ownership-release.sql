-- Purpose: give the store up, so that another process need not wait for the end of the lease.
-- Parameters: fence.
-- Result: none.
UPDATE trotline.ownership SET expires_at = '-infinity' WHERE fence = $1;
