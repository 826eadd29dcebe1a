-- Purpose: takes the journal's lock, until the transaction ends.
-- Parameters: none.
-- Result: nothing to read.
SELECT trotline.lock_journal();
