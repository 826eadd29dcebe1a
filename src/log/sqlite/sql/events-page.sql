-- Purpose: reads the log forward.
-- Parameters: the position to begin after, the most rows.
-- Result: events, ascending by position.
SELECT position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, data, request
FROM events
WHERE position > ?
ORDER BY position
LIMIT ?;
