-- Purpose: looks at everything in the outbox once more, after the database was put into another server.
-- Parameters: none. Result: none.
SELECT trotline.outbox_restart();
