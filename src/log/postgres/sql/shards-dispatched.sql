-- Purpose: how far the log was offered to the lanes of shards.
-- Parameters: shards.
-- Result: shard, position.
SELECT shard, trotline.dispatched_to(shard) AS position
FROM trotline.shards
WHERE shard = ANY ($1::integer[])
ORDER BY shard;
