-- Purpose: sources by their numbers.
-- Parameters: an array of numbers.
-- Result: number, members as JSON.
SELECT number, document FROM trotline.sources WHERE number = ANY ($1::bigint[]) ORDER BY number;
