-- Purpose: begins an epoch where one is due, and says how many positions a partition is to have from now on.
-- Parameters: now, positions.
-- Result: one row: where the log stands.
SELECT * FROM trotline.open_log($1, $2);
