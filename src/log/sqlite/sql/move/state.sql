-- Purpose: reads where the log and the journal stand, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `state` as src/log/move/moved-tables.ts has them.
SELECT log_state.only, trimmed_through, trimmed_bytes, trimmed_accepted_at_ms, attempts_trimmed_through,
  coalesce((SELECT max(sequence) FROM attempts), attempts_trimmed_through),
  coalesce((SELECT ended_at_ms FROM attempts ORDER BY sequence DESC LIMIT 1), attempt_ended_at_ms),
  attempt_lag_ms, dispatch.position,
  coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'endpoints'), 0),
  coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'sources'), 0)
FROM log_state JOIN dispatch ON dispatch.only = log_state.only
WHERE log_state.only > ?
LIMIT ?;
