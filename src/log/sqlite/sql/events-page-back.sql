-- Purpose: reads the log backward.
-- Parameters: the position to begin before, the most rows.
-- Result: events, descending by position.
SELECT position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, data, request
FROM events
WHERE position < ?
ORDER BY position DESC
LIMIT ?;
