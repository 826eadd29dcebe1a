-- Purpose: the next rows of the outbox that are to be moved, and where the outbox stands.
-- Parameters: rows at most, bytes of data at most, bytes beyond which data are not read.
-- Result: see `trotline.outbox_page`; one row without a number where there is nothing to move.
SELECT * FROM trotline.outbox_page($1::integer, $2::bigint, $3::bigint);
