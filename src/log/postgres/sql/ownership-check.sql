-- Purpose: refuse the transaction with the state TL001 where another process has taken the store over.
-- Parameters: fence.
-- Result: nothing to read.
SELECT trotline.check_fence($1);
