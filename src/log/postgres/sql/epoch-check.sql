-- Purpose: refuses the transaction with the state TL002 where another epoch runs, or one is due.
-- Parameters: the newest epoch that is known.
-- Result: nothing to read.
SELECT trotline.check_epoch($1);
