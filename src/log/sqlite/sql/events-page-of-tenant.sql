-- Purpose: reads the events of one tenant forward.
-- Parameters: the position to begin after, the most rows, tenant.
-- Result: events, ascending by position.
SELECT position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, data, request
FROM events INDEXED BY events_by_tenant
WHERE tenant = ?3 AND position > ?1
ORDER BY position
LIMIT ?2;
