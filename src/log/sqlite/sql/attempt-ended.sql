-- Purpose: when one attempt had ended.
-- Parameters: sequence.
-- Result: ended, or none.
SELECT ended_at_ms FROM attempts WHERE sequence = ?;
