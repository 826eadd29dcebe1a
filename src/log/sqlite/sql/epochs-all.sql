-- Purpose: every epoch that the log remembers.
-- Parameters: none.
-- Result: id, the last position before it; oldest first.
SELECT id, after_position FROM epochs ORDER BY id;
