-- Purpose: notes when a key was last used; of one that is gone, nothing.
-- Parameters: when, id.
-- Result: none.
UPDATE keys SET last_used_at_ms = ? WHERE id = ?;
