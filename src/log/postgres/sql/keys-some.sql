-- Purpose: keys by their ids.
-- Parameters: an array of ids.
-- Result: its members as JSON, when it was last used; in the order in which they were made.
SELECT document, last_used_at_ms FROM trotline.keys WHERE id = ANY ($1::text[]) ORDER BY number;
