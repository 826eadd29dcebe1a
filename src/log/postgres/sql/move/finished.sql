-- Purpose: when a store was moved here.
-- Parameters: its life.
-- Result: finished_at_ms; none where it was not.
SELECT finished_at_ms FROM trotline.move WHERE life = $1::text AND finished_at_ms IS NOT NULL;
