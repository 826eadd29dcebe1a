-- Purpose: writes a page that changes nothing, to see whether the store can be written again.
-- Parameters: none.
-- Result: none.
UPDATE log_state SET trimmed_through = trimmed_through;
