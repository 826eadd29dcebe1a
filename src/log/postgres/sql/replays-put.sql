-- Purpose: stores replays, in their order, those whose shard has the given fence.
-- Parameters: ids, documents as JSON, shards, fences.
-- Result: nth, from 1, of each that was not stored, because its shard changed hands.
SELECT nth FROM trotline.put_replays($1, $2, $3, $4) AS lost(nth);
