-- Purpose: a source's receipts, newest first.
-- Parameters: source, the id that they are before, how many.
-- Result: the columns of a receipt.
-- A range of sources, and ordered by both: the index of ids alone would be read to its end for a source that has few.
SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, request
FROM trotline.receipts WHERE source >= $1 AND (source, id) < ($1, $2)
ORDER BY source DESC, id DESC LIMIT $3;
