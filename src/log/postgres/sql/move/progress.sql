-- Purpose: how far an unfinished move has come.
-- Parameters: none.
-- Result: table_name, after_key as JSON, rows.
SELECT table_name, after_key, rows FROM trotline.move_progress;
