-- Purpose: reads where the log and the journal stand, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `state` as src/log/move/moved-tables.ts has them.
SELECT 1 AS only, trimmed_through, trimmed_bytes, trimmed_accepted_at_ms,
  (SELECT through FROM trotline.attempts_trimmed) AS attempts_trimmed_through,
  dispatch.sequence AS attempt_sequence,
  nullif(dispatch.ended_at_ms, '-Infinity') AS attempt_ended_at_ms,
  dispatch.lag_ms AS attempt_lag_ms,
  (SELECT min(position) FROM trotline.shards) AS dispatched_to,
  (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM trotline.endpoint_numbers) AS last_endpoint,
  (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM trotline.source_numbers) AS last_source
FROM trotline.log_state, trotline.dispatch
WHERE $1::integer < 1
LIMIT $2;
