-- Purpose: how far the log was offered to the lanes.
-- Parameters: none.
-- Result: position, number of the last batch.
SELECT position, batch FROM dispatch;
