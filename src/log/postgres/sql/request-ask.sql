-- Purpose: asks whoever runs a shard for something.
-- Parameters: id, the process that asks, shard, content; how many milliseconds it may wait for somebody to take it, and
--   for its end; the tenant and the endpoint that it is about.
-- Result: one row.
WITH asked AS (
  INSERT INTO trotline.requests (id, asker, shard, content, take_before, ends_at, tenant, endpoint)
  VALUES (
    $1, $2, $3, $4,
    clock_timestamp() + $5::double precision * interval '1 millisecond',
    clock_timestamp() + $6::double precision * interval '1 millisecond',
    $7, $8
  )
  RETURNING id
)
SELECT trotline.note_pulse('requests') FROM asked;
