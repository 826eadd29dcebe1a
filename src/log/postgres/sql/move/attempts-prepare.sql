-- Purpose: partitions for attempts that are moved.
-- Parameters: the first sequence, the last, how many a partition has.
-- Result: none.
SELECT trotline.provide_partitions('attempts', int8range($1::bigint, $2::bigint + 1), $3::bigint);
