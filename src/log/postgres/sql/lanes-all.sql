-- Purpose: every lane of some shards that is behind or not well.
-- Parameters: shards.
-- Result: endpoint, read position, behind, pending, health.
SELECT endpoint, read_position, behind, pending, health
FROM trotline.lanes
WHERE trotline.shard_of(endpoint) = ANY ($1::integer[]) AND (behind OR health IS NOT NULL)
ORDER BY endpoint;
