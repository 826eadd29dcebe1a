-- Purpose: removes an event type of the catalogue.
-- Parameters: name.
-- Result: none.
DELETE FROM event_types WHERE name = ?;
