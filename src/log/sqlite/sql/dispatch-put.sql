-- Purpose: notes how far the log was offered to the lanes.
-- Parameters: position, number of the batch.
-- Result: none.
UPDATE dispatch SET position = ?, batch = ?;
