-- Purpose: whether a batch is in, of which that is not known. Waits for its transaction, where that has not ended yet.
-- Parameters: its name.
-- Result: is_in.
SELECT trotline.is_last_batch($1) AS is_in;
