-- Purpose: stores the epoch that begins.
-- Parameters: id, the last position before it.
-- Result: none.
INSERT INTO epochs (id, after_position) VALUES (?, ?);
