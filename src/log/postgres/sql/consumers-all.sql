-- Purpose: every consumer.
-- Parameters: none.
-- Result: its members as JSON, by tenant and name.
SELECT document FROM trotline.consumers ORDER BY tenant, name;
