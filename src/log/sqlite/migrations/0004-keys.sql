-- Purpose: keys of one tenant, that expire, that are rotated, and of which it is known when they were last used.
-- Parameters: none. Result: none.
ALTER TABLE keys ADD COLUMN tenant TEXT;
ALTER TABLE keys ADD COLUMN expires_at_ms INTEGER;
ALTER TABLE keys ADD COLUMN rotated_at_ms INTEGER;
-- The hash that the key had before it was rotated, which is taken until `previous_until_ms`.
ALTER TABLE keys ADD COLUMN previous_hash TEXT;
ALTER TABLE keys ADD COLUMN previous_until_ms INTEGER;
ALTER TABLE keys ADD COLUMN last_used_at_ms INTEGER;
