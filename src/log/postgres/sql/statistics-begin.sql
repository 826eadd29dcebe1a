-- Purpose: lets nobody else add statistics until the transaction ends.
-- Parameters: none.
-- Result: rolled_to, how far attempts are counted.
SELECT rolled_to FROM trotline.statistics_state FOR UPDATE;
