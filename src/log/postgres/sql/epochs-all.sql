-- Purpose: every epoch that the log remembers.
-- Parameters: none.
-- Result: id, after_position; oldest first.
SELECT id, after_position FROM trotline.epochs ORDER BY id;
