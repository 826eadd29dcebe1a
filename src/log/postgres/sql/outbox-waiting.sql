-- Purpose: how much waits in the outbox, and was refused.
-- Parameters: none. Result: one row with waiting, oldest_age_ms, refused.
SELECT * FROM trotline.outbox_waiting();
