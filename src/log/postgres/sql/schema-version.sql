-- Purpose: the last migration that the database has had, and the last that a program has to know to go on in it.
-- Parameters: none. Result: one row with version and oldest.
SELECT coalesce(max(number), 0) AS version, coalesce(max(number) FILTER (WHERE excludes_older), 0) AS oldest
FROM trotline.migrations;
