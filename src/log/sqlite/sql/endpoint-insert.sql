-- Purpose: stores a new endpoint.
-- Parameters: its members as JSON, without the number.
-- Result: none; the row id is its number.
INSERT INTO endpoints (document) VALUES (?);
