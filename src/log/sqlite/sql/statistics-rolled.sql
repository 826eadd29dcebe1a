-- Purpose: notes how far attempts are counted.
-- Parameters: sequence.
-- Result: none.
UPDATE statistics_state SET rolled_to = ?;
