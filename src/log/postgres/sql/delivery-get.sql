-- Purpose: what is known of one delivery.
-- Parameters: endpoint, position.
-- Result: made and delivered: how many attempts, and how many of them delivered; state, attempts, step, due, key of its
-- row, null where it has none.
SELECT counted.made, counted.delivered, parked.*
FROM (
  SELECT count(*) AS made, count(*) FILTER (WHERE error_class IS NULL) AS delivered
  FROM trotline.attempts
  WHERE endpoint = $1 AND position = $2 AND sequence > (SELECT through FROM trotline.attempts_trimmed)
) AS counted
LEFT JOIN (
  SELECT state, attempts, step, due_at_ms, key FROM trotline.parked WHERE endpoint = $1 AND position = $2
) AS parked ON true;
