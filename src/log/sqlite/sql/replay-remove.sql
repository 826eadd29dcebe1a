-- Purpose: removes a replay.
-- Parameters: id.
-- Result: none.
DELETE FROM replays WHERE id = ?;
