-- Purpose: partitions for events that are moved.
-- Parameters: the first position, the last.
-- Result: none.
SELECT trotline.provide_partitions('events', int8range($1::bigint, $2::bigint + 1), partition_positions),
  trotline.provide_partitions('event_ids', int8range($1::bigint, $2::bigint + 1),
    greatest(partition_positions, ($1::bigint - trimmed_through) / 2))
FROM trotline.log_state;
