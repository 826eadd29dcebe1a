-- Purpose: adds a receipt, unless its source is gone or its id is there.
-- Parameters: id, source, outcome, code, detail, event id, received, whether the body was cut, request.
-- Result: none.
INSERT OR IGNORE INTO receipts (id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, bytes, request)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, length(?9), ?9
WHERE EXISTS (SELECT 1 FROM sources WHERE number = ?2);
