-- Purpose: how many migrations the database has had.
-- Parameters: none. Result: one row with count.
SELECT count(*)::integer AS count FROM trotline.migrations;
