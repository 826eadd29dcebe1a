-- Purpose: the move is finished: the store is like any other.
-- Parameters: the time.
-- Result: none.
WITH forgotten AS (DELETE FROM trotline.move_progress)
UPDATE trotline.move SET finished_at_ms = $1::double precision;
