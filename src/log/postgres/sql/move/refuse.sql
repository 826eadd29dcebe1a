-- Purpose: refuses with the state TL004 while a store is being moved here.
-- Parameters: none.
-- Result: nothing to read.
SELECT trotline.refuse_while_moving();
