-- Purpose: replaces a source.
-- Parameters: number, its members as JSON.
-- Result: none.
UPDATE sources SET document = ?2 WHERE number = ?1;
