-- Purpose: every source.
-- Parameters: none.
-- Result: number, its members as JSON; in order of number.
SELECT number, document FROM trotline.sources ORDER BY number;
