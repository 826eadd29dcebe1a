-- Purpose: stores a new source.
-- Parameters: its members as JSON.
-- Result: none; its number is that of the row.
INSERT INTO sources (document) VALUES (?);
