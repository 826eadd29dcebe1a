-- Purpose: the whole catalogue of event types.
-- Parameters: none.
-- Result: the members of each as JSON, by name.
SELECT document FROM trotline.event_types ORDER BY name;
