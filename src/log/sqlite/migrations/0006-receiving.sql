-- Purpose: what is received from others.
-- Parameters: none. Result: none.

-- The request that the event came with, as core/received-request.ts writes it down; null for an event that was published.
-- `bytes_through` counts it too.
ALTER TABLE events ADD COLUMN request BLOB;

-- Received events that came more than once.
CREATE TABLE redeliveries (
  position INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL
);
