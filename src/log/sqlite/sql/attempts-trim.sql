-- Purpose: removes the oldest attempts.
-- Parameters: the last sequence to remove.
-- Result: none.
DELETE FROM attempts WHERE sequence <= ?;
