-- Purpose: what the log has been through, consumers, and replays.
-- Parameters: none. Result: none.

-- One row for each time that the store was opened; see core/epochs.ts. Ids sort as they were made. Events of an epoch are
-- beyond `after_position`.
CREATE TABLE epochs (id TEXT PRIMARY KEY, after_position INTEGER NOT NULL) WITHOUT ROWID;

-- Until now a log had one epoch, of eight digits. Twelve that begin with zeros sort before those that have a date.
-- A log that never had an event needs none.
INSERT INTO epochs
SELECT '0000' || epoch, 0 FROM log_state WHERE trimmed_through > 0 OR EXISTS (SELECT 1 FROM events);
ALTER TABLE log_state DROP COLUMN epoch;

-- `document` is a JSON object, as in `endpoints`.
CREATE TABLE consumers (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

CREATE TABLE replays (id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
