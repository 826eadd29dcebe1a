-- Purpose: removes old receipts, looking at so many of the oldest.
-- Parameters: the time before which they came, how many to look at, and what the process takes for now.
-- Result: one row with removed.
SELECT trotline.trim_receipts(trotline.not_ahead($1, $3), $2) AS removed;
