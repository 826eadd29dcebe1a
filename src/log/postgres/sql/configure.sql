-- Purpose: changes what is configured, in the order given.
-- Parameters: a JSON array, as trotline.configure has it.
-- Result: number of the endpoint or source, or null; one row for each change, in their order.
SELECT number FROM trotline.configure($1::text::json) ORDER BY ordinal;
