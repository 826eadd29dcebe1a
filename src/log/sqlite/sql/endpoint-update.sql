-- Purpose: replaces an endpoint.
-- Parameters: number, its members as JSON.
-- Result: none.
UPDATE endpoints SET document = ?2 WHERE number = ?1;
