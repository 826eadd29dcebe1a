-- Purpose: forgets how often events came again that have left the log.
-- Parameters: the last position that left.
-- Result: none.
DELETE FROM redeliveries WHERE position <= ?;
