-- Purpose: looks at everything in the outbox once more, after the database was put into another server.
-- Parameters: the batch of the place as it was seen. Result: none.
SELECT trotline.outbox_restart($1);
