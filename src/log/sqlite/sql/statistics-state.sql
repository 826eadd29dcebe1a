-- Purpose: how far attempts are counted.
-- Parameters: none.
-- Result: rolled_to.
SELECT rolled_to FROM statistics_state;
