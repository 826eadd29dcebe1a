-- Purpose: adds receipts, and removes the oldest beyond their bounds.
-- Parameters: the receipts as a JSON array, their requests, how many of one source, bytes of all; see
--   trotline.note_receipts.
-- Result: none.
SELECT trotline.note_receipts($1::text::json, $2::bytea, $3, $4);
