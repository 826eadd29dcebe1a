-- Purpose: which processes work on the store.
-- Parameters: none.
-- Result: a row for each that is alive: name; the first of them only.
SELECT name FROM trotline.processes WHERE trotline.is_alive(expires_at, lease) ORDER BY started_at_ms, id LIMIT 10;
