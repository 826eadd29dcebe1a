-- Purpose: which change of what is configured was the last.
-- Parameters: none.
-- Result: one row with sequence.
SELECT trotline.last_change() AS sequence;
