-- Purpose: the last attempt.
-- Parameters: none.
-- Result: sequence, ended; none while there is no attempt.
SELECT sequence, ended_at_ms FROM attempts ORDER BY sequence DESC LIMIT 1;
