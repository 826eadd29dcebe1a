-- Purpose: who has the store.
-- Parameters: none.
-- Result: holder.
SELECT holder FROM trotline.ownership;
