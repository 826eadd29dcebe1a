-- Purpose: takes requests of shards, the oldest first: none that another took, nor one that was not taken in time. Ids
--   sort by time.
-- Parameters: the process that takes them, shards, how many; how many milliseconds it is believed to be alive;
--   tenants and endpoints of which none is taken.
-- Result: id, tenant, endpoint, content, and for how many milliseconds each may be begun.
WITH free AS (
  SELECT id FROM trotline.requests
  WHERE taker IS NULL AND take_before > clock_timestamp() AND shard = ANY ($2::integer[])
    AND tenant <> ALL ($5::text[]) AND endpoint <> ALL ($6::text[])
  ORDER BY id LIMIT $3
  FOR UPDATE SKIP LOCKED
)
UPDATE trotline.requests r
SET taker = $1, held_until = clock_timestamp() + $4::double precision * interval '1 millisecond'
FROM free WHERE r.id = free.id
RETURNING r.id, r.tenant, r.endpoint, r.content,
  (extract(epoch FROM least(r.held_until, r.ends_at) - clock_timestamp()) * 1000)::double precision AS remaining_ms;
