-- Purpose: the next attempts that are to be counted. Their sequences are in the order of commits (`lock_journal`).
-- Parameters: the sequence before the first, how many.
-- Result: attempts, ascending, with what is known of their event, or of their endpoint where that has left the log;
--   whether a replay began the delivery, and whether something else had begun it, and made it, before.
SELECT a.sequence, a.endpoint, a.number, a.trigger, a.started_at_ms, a.duration_ms, a.error_class,
  CASE
    WHEN e.position IS NOT NULL THEN e.tenant
    WHEN a.tenant IS NOT NULL THEN a.tenant
    ELSE (SELECT n.document::json ->> 'tenant' FROM trotline.endpoints n WHERE n.number = a.endpoint)
  END AS tenant,
  e.type, e.occurred_at_ms, e.accepted_at_ms,
  a.number > 1 AND history.is_of_replay AS is_of_replay, history.was_sent, history.was_delivered
FROM trotline.attempts a LEFT JOIN trotline.events e
  ON e.position = a.position AND e.position > (SELECT trimmed_through FROM trotline.log_state)
CROSS JOIN LATERAL (
  SELECT bool_or(b.number = 1 AND b.trigger = 5) AS is_of_replay,
    bool_or(b.number = 1 AND b.trigger <> 5) AS was_sent,
    bool_or(b.error_class IS NULL AND b.trigger <> 5) AS was_delivered
  FROM trotline.attempts b
  WHERE b.position = a.position AND b.endpoint = a.endpoint AND b.sequence < a.sequence
) AS history
WHERE a.sequence > $1
ORDER BY a.sequence
LIMIT $2;
