-- Purpose: every replay that is remembered.
-- Parameters: none.
-- Result: its members as JSON, by id.
SELECT document FROM trotline.replays ORDER BY id;
