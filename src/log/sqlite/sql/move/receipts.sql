-- Purpose: reads receipts, for a move.
-- Parameters: the key to begin after, the most rows.
-- Result: rows of `receipts` as src/log/move/moved-tables.ts has them.
SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, bytes, request
FROM receipts
WHERE id > ?
ORDER BY id
LIMIT ?;
