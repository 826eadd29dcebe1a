-- Purpose: every shard, whose it is, and how far it was dispatched.
-- Parameters: none.
-- Result: shard, holder (null where nobody runs it now), position.
SELECT s.shard, p.id AS holder, trotline.dispatched_to(s.shard) AS position
FROM trotline.shards s
LEFT JOIN trotline.processes p ON p.id = s.holder AND trotline.is_alive(p.expires_at, p.lease)
ORDER BY s.shard;
