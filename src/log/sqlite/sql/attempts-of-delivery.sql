-- Purpose: counts the attempts of one event at one endpoint.
-- Parameters: endpoint, position.
-- Result: how many, and how many of them delivered.
SELECT count(*), count(*) FILTER (WHERE error_class IS NULL)
FROM attempts INDEXED BY attempts_by_event
WHERE endpoint = ?1 AND position = ?2;
