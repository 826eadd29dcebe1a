-- Purpose: what is stored of the lanes of some endpoints.
-- Parameters: endpoints.
-- Result: endpoint, how far its shard was dispatched, how many unsettled rows it has; read position, behind, pending,
--   health, null where it has no record.
SELECT asked.endpoint, dispatched.position AS dispatched_to, parked.total,
  lane.read_position, lane.behind, lane.pending, lane.health
FROM unnest($1::bigint[]) AS asked (endpoint)
LEFT JOIN (
  SELECT shard, trotline.dispatched_to(shard) AS position FROM trotline.shards
) AS dispatched ON dispatched.shard = trotline.shard_of(asked.endpoint)
LEFT JOIN LATERAL (
  SELECT read_position, behind, pending, health FROM trotline.lanes
  WHERE endpoint = asked.endpoint AND (behind OR health IS NOT NULL)
  ORDER BY number DESC LIMIT 1
) AS lane ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS total FROM trotline.parked
  WHERE endpoint = asked.endpoint AND state NOT IN ('exhausted', 'cancelled')
) AS parked;
