-- Purpose: which events of a range were delivered to an endpoint.
-- Parameters: endpoint, the first position, the last.
-- Result: position, ascending, each once.
SELECT DISTINCT position
FROM trotline.attempts
WHERE endpoint = $1 AND position BETWEEN $2 AND $3 AND error_class IS NULL
  AND sequence > (SELECT through FROM trotline.attempts_trimmed)
ORDER BY position;
