-- Purpose: one receipt.
-- Parameters: id.
-- Result: id, source, outcome, code, detail, event id, received, whether the body was cut, request.
SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, request
FROM receipts WHERE id = ?;
