-- Purpose: every key.
-- Parameters: none.
-- Result: its members as JSON, when it was last used; in the order in which they were made.
SELECT document, last_used_at_ms FROM trotline.keys ORDER BY number;
