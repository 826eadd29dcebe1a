-- Purpose: removes old receipts, looking at so many of the oldest.
-- Parameters: the time before which they came, how many to look at.
-- Result: one row with removed.
SELECT trotline.trim_receipts($1, $2) AS removed;
