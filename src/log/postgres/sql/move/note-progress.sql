-- Purpose: notes how far a table has come.
-- Parameters: its name, the key of its last row as JSON, its rows.
-- Result: none.
INSERT INTO trotline.move_progress (table_name, after_key, rows) VALUES ($1::text, $2::text, $3::bigint)
ON CONFLICT (table_name) DO UPDATE SET after_key = excluded.after_key, rows = excluded.rows;
