-- Purpose: one step of retention (`trotline.trim_events`).
-- Parameters: the time before which events leave, the most bytes that stay or null, the most rows that leave, the
--   time up to which idempotency keys are forgotten, and what the process takes for now.
-- Result: one row: trimmed_before, trimmed_through, trimmed_bytes, bytes_through, more, can_drop.
SELECT trimmed_before, (state).trimmed_through, (state).trimmed_bytes, bytes_through, more, can_drop
FROM trotline.trim_events(trotline.not_ahead($1, $5), $2, $3, trotline.not_ahead($4, $5));
