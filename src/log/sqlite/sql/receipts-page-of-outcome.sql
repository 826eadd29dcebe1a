-- Purpose: a source's receipts of one outcome, newest first.
-- Parameters: source, the id that they are before, how many, outcome.
-- Result: id, source, outcome, code, detail, event id, received, whether the body was cut, request.
SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, request
FROM receipts WHERE source = ?1 AND id < ?2 AND outcome = ?4 ORDER BY id DESC LIMIT ?3;
