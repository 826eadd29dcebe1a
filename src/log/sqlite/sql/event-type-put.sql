-- Purpose: stores or replaces an event type of the catalogue.
-- Parameters: name, its members as JSON.
-- Result: none.
INSERT INTO event_types (name, document)
VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET document = excluded.document;
