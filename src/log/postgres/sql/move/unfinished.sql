-- Purpose: reads the mark of an unfinished move.
-- Parameters: none.
-- Result: life, began_at_ms; none where there is no such move.
SELECT life, began_at_ms FROM trotline.move WHERE finished_at_ms IS NULL;
