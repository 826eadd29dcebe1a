-- Purpose: reads events, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `events` as src/log/move/moved-tables.ts has them.
SELECT position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, bytes_through, data, request
FROM events
WHERE position > ?
ORDER BY position
LIMIT ?;
