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

-- `document` is a JSON object, as in `endpoints`.
CREATE TABLE sources (number INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);

-- What sources did not take. Ids sort by time. `request` is as in `events`, and last, so that its pages are read for
-- those alone that are asked for.
CREATE TABLE receipts (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT,
  detail TEXT,
  event_id TEXT,
  received_at_ms INTEGER NOT NULL,
  body_truncated INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  request BLOB NOT NULL
);
CREATE INDEX receipts_by_source ON receipts (source, id, outcome);

-- One row: the bytes of all requests of `receipts`, kept by the table itself.
CREATE TABLE receipt_bytes (only INTEGER PRIMARY KEY CHECK (only = 1), total INTEGER NOT NULL);
INSERT INTO receipt_bytes VALUES (1, 0);
CREATE TRIGGER receipt_added AFTER INSERT ON receipts BEGIN
  UPDATE receipt_bytes SET total = total + new.bytes;
END;
CREATE TRIGGER receipt_removed AFTER DELETE ON receipts BEGIN
  UPDATE receipt_bytes SET total = total - old.bytes;
END;
