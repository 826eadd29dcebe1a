-- Purpose: removes the records of lanes that are neither behind nor unwell.
-- Parameters: none.
-- Result: none.
DELETE FROM trotline.lanes WHERE NOT behind AND health IS NULL;
