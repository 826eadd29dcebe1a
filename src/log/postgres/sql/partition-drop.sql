-- Purpose: removes the oldest partition of a table, where nothing in it is needed.
-- Parameters: the table, the last number that is not needed.
-- Result: one row: dropped.
SELECT trotline.drop_partition($1, $2) AS dropped;
