-- Purpose: the processes that work on the store.
-- Parameters: none.
-- Result: id, name, started_at_ms, roles, silent_ms.
SELECT id, name, started_at_ms, roles,
  greatest(0, extract(epoch FROM clock_timestamp() - heard_at) * 1000)::double precision AS silent_ms
FROM trotline.processes
WHERE trotline.is_alive(expires_at, lease)
ORDER BY id;
