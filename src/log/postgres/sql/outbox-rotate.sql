-- Purpose: empties tables of the outbox of which everything has been moved.
-- Parameters: bytes and age in milliseconds beyond which the table that is being written is emptied, too.
-- Result: one row with emptied, and kept: tables that still hold rows.
SELECT * FROM trotline.outbox_rotate($1::bigint, $2::double precision);
