-- Purpose: which events of a range were delivered to an endpoint.
-- Parameters: endpoint, the first position, the last.
-- Result: position, ascending, each once.
SELECT DISTINCT position
FROM attempts INDEXED BY attempts_by_event
WHERE endpoint = ?1 AND position BETWEEN ?2 AND ?3 AND error_class IS NULL
ORDER BY position;
