-- Purpose: which attempts a search has to look at.
-- Parameters: started at or after, started before, the sequence to begin before; each may be null.
-- Result: first, and beyond, the one after the last.
SELECT first, beyond FROM trotline.attempt_bounds($1, $2, $3);
