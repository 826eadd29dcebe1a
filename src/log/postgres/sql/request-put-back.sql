-- Purpose: gives back a request that was taken, and not done.
-- Parameters: id, the process that took it.
-- Result: one row, or none where it is not that process's any more.
WITH given AS (
  UPDATE trotline.requests SET taker = NULL, held_until = NULL
  WHERE id = $1 AND taker = $2 AND answer IS NULL
  RETURNING id
)
SELECT trotline.note_pulse('requests') FROM given;
