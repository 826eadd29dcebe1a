-- Purpose: the numbers of endpoints that exist.
-- Parameters: none.
-- Result: number.
SELECT number FROM endpoints;
