-- Purpose: notes how far the log was offered to the lanes.
-- Parameters: position, or null where it is as it was; number of the batch.
-- Result: none.
UPDATE dispatch SET position = coalesce(?, position), batch = ?;
