-- Purpose: answers a request.
-- Parameters: id, the process that took it, the answer.
-- Result: one row, or none where it was given up.
WITH answered AS (
  UPDATE trotline.requests SET answer = $3
  WHERE id = $1 AND taker = $2 AND answer IS NULL
  RETURNING id
)
SELECT trotline.note_pulse('requests') FROM answered;
