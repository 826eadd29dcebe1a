-- Purpose: the last number that an endpoint was given.
-- Parameters: none.
-- Result: number; none before the first.
SELECT seq FROM sqlite_sequence WHERE name = 'endpoints';
