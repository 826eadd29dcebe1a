-- Purpose: a process is gone, and everything it held is free.
-- Parameters: its id.
-- Result: nothing to read.
SELECT trotline.leave($1);
