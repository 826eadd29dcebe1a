-- Purpose: a source's receipts, newest first.
-- Parameters: source, the id that they are before, how many.
-- Result: id, source, outcome, code, detail, event id, received, whether the body was cut, request.
SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, request
FROM receipts WHERE source = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3;
