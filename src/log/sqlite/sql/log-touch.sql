-- Purpose: writes a page that changes nothing, to see whether the store can be written again.
-- Parameters: none.
-- Result: none.
UPDATE log_state SET epoch = epoch;
