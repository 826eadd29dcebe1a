-- Purpose: one receipt.
-- Parameters: id.
-- Result: the columns of a receipt.
SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, request
FROM trotline.receipts WHERE id = $1;
