-- Purpose: whether a batch is in, of which that is not known; where it is not, it is refused if it comes yet. Waits for its
--   transaction, where that has not ended.
-- Parameters: who wrote it, its generation, its number.
-- Result: is_in.
SELECT trotline.settle_batch($1, $2, $3) AS is_in;
