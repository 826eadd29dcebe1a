-- Purpose: how far the log was offered to the lanes.
-- Parameters: none.
-- Result: position.
SELECT position FROM trotline.dispatch ORDER BY number DESC LIMIT 1;
