-- Purpose: keep the store for another lease, counted by the database's clock.
-- Parameters: fence, milliseconds of the lease.
-- Result: fence, or none where another process has taken the store over.
UPDATE trotline.ownership
SET expires_at = clock_timestamp() + make_interval(secs => $2::double precision / 1000)
WHERE fence = $1
RETURNING fence;
