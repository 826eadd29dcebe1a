-- Purpose: stores one event, unless its tenant has one with the id.
-- Parameters: position, tenant, id, type, subject, version, occurred, accepted, bytes through, data, request.
-- Result: none; no change where the id is taken.
INSERT INTO events (position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, bytes_through, data, request)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO NOTHING;
