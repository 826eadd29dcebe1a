-- Purpose: removes the records of lanes of some shards that are neither behind nor unwell.
-- Parameters: shards.
-- Result: none.
DELETE FROM trotline.lanes WHERE trotline.shard_of(endpoint) = ANY ($1::integer[]) AND NOT behind AND health IS NULL;
