-- Purpose: reads a page of the log.
-- Parameters: the positions that it is beyond and goes up to, the most rows, bytes beyond which no more is read,
--   whether it is read backward, a tenant or null.
-- Result: events in the order in which they are read, or one row without an event; each with what had left the log.
SELECT trimmed_through, trimmed_bytes,
  position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, data, request
FROM trotline.log_state LEFT JOIN LATERAL trotline.read_events($1, $2, $3, $4, $5, $6) ON true;
