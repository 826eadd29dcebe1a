-- Purpose: no event beyond the last was dispatched.
-- Parameters: the last position.
-- Result: none.
UPDATE dispatch SET position = ?1 WHERE position > ?1;
