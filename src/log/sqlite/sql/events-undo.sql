-- Purpose: takes back what a request stored before one of its events met a conflict.
-- Parameters: the last position before the request.
-- Result: none.
DELETE FROM events WHERE position > ?;
