-- Purpose: moves a page of the outbox into the log.
-- Parameters: batch and snapshot of the page, whether it was cut, its last number; numbers of its events; numbers, codes
-- and sentences of what is refused; a position that the log has reached, time.
-- Result: one row with outcome and known; see `trotline.outbox_move`.
SELECT * FROM trotline.outbox_move(
  $1::bigint, $2::text, $3::boolean, $4::bigint, $5::bigint[], $6::bigint[], $7::text[], $8::text[],
  $9::bigint, $10::double precision
);
