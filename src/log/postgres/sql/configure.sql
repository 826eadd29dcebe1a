-- Purpose: changes what is configured, in the order given.
-- Parameters: a JSON array, as trotline.configure has it; who asks.
-- Result: number of the endpoint or source, or null, and whether it was passed over; one row for each change, in their
--   order.
SELECT number, is_stale FROM trotline.configure($1::text::json, $2) ORDER BY ordinal;
