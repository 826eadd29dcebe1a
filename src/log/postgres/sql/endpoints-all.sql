-- Purpose: every endpoint.
-- Parameters: none.
-- Result: number, members as JSON.
SELECT number, document FROM trotline.endpoints ORDER BY number;
