-- Purpose: adds receipts that are moved.
-- Parameters: the columns of `receipts` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
WITH added AS (
  INSERT INTO trotline.receipts (
    id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, bytes, request
  )
  SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated <> 0, bytes, request
  FROM unnest(
    $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::double precision[], $8::integer[],
    $9::bigint[], $10::bytea[]
  ) AS given (id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, bytes, request)
  RETURNING bytes
)
UPDATE trotline.receipt_bytes SET total = total + (SELECT coalesce(sum(bytes), 0) FROM added);
