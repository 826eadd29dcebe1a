-- Purpose: keeps everybody from writing until the transaction ends.
-- Parameters: none.
-- Result: nothing to read.
SELECT trotline.lock_for_move();
