-- Purpose: event types by their names.
-- Parameters: an array of names.
-- Result: its members as JSON.
SELECT document FROM trotline.event_types WHERE name = ANY ($1::text[]) ORDER BY name;
