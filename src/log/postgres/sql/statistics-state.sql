-- Purpose: how far attempts are counted.
-- Parameters: none.
-- Result: rolled_to, and last_sequence, the last attempt's.
SELECT rolled_to, (SELECT sequence FROM trotline.dispatch ORDER BY number DESC LIMIT 1) AS last_sequence
FROM trotline.statistics_state;
