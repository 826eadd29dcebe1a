-- Purpose: every consumer.
-- Parameters: none.
-- Result: document, position and told, by tenant and name.
SELECT document, position, told FROM trotline.consumers ORDER BY tenant, name;
