-- Purpose: finds the event of a tenant that has an id.
-- Parameters: tenant, id.
-- Result: one event, or none.
SELECT position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, data, request
FROM trotline.find_event($1, $2);
