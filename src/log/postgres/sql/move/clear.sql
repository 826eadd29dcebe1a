-- Purpose: removes what an unfinished move has copied.
-- Parameters: none.
-- Result: none.
SELECT trotline.clear_move();
