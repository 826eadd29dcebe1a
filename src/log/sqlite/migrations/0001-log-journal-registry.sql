-- Purpose: the tables of the log, the journal and the registry.
-- Parameters: none. Result: none.
--
-- Times are milliseconds since 1970. The tables are not STRICT, so that a time with a fraction is kept as it is and not
-- refused together with the whole group that it came with.

-- One row. Positions up to `trimmed_through` have left the log; they had `trimmed_bytes` bytes of data, and the last of them
-- was accepted at `trimmed_accepted_at_ms`. Attempts up to `attempts_trimmed_through` have left; `attempt_ended_at_ms` is
-- that of the last of them. `attempt_lag_ms` is the most that `ended_at_ms` of an attempt was ever beyond its start.
CREATE TABLE log_state (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch TEXT NOT NULL,
  trimmed_through INTEGER NOT NULL,
  trimmed_bytes INTEGER NOT NULL,
  trimmed_accepted_at_ms INTEGER,
  attempts_trimmed_through INTEGER NOT NULL,
  attempt_ended_at_ms INTEGER,
  attempt_lag_ms INTEGER NOT NULL
);
INSERT INTO log_state VALUES (1, lower(hex(randomblob(4))), 0, 0, NULL, 0, NULL, 0);

-- `bytes_through` is the sum of the bytes of data of all events ever stored, up to this one: the size of any part of the log
-- is one subtraction. `accepted_at_ms` never decreases, so times are found by halving positions and need no index.
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT,
  version TEXT,
  occurred_at_ms INTEGER NOT NULL,
  accepted_at_ms INTEGER NOT NULL,
  bytes_through INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_id ON events (tenant, id);
-- The position is in it, as in every index of a table with an integer key.
CREATE INDEX events_by_tenant ON events (tenant);

CREATE TABLE idempotency (
  number INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  items TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (scope, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at_ms);

-- `ended_at_ms` never decreases (a later end is noted for an attempt that began on a clock that was ahead), so times are found
-- by halving sequences. The codes of `trigger` and `error_class` are those of attempt-codes.ts.
CREATE TABLE attempts (
  sequence INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL,
  position INTEGER NOT NULL,
  number INTEGER NOT NULL,
  trigger INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  status INTEGER,
  error_class INTEGER,
  error_detail TEXT,
  retry_after_ms INTEGER,
  response_truncated INTEGER NOT NULL,
  response_body BLOB
);
CREATE INDEX attempts_by_endpoint ON attempts (endpoint);
CREATE INDEX attempts_by_event ON attempts (position);
CREATE INDEX attempts_failed ON attempts (sequence) WHERE error_class IS NOT NULL;
CREATE INDEX attempts_failed_by_endpoint ON attempts (endpoint) WHERE error_class IS NOT NULL;

-- One row: every event up to `position` was offered to the lanes. `batch` numbers what the journal committed, so that a writer
-- that starts after another died knows whether the other's last batch is in.
CREATE TABLE dispatch (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL, batch INTEGER NOT NULL);
INSERT INTO dispatch VALUES (1, 0, 0);

-- A row only for lanes that are behind or not well; every other is at the position of `dispatch`.
-- `pending` is a JSON array of positions, `health` a JSON object.
CREATE TABLE lanes (
  endpoint INTEGER PRIMARY KEY,
  read_position INTEGER NOT NULL,
  behind INTEGER NOT NULL,
  pending TEXT NOT NULL,
  health TEXT
);

CREATE TABLE parked (
  endpoint INTEGER NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  step INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL,
  PRIMARY KEY (endpoint, position)
) WITHOUT ROWID;
CREATE INDEX parked_due ON parked (endpoint, due_at_ms, position, state) WHERE state <> 'exhausted';
CREATE INDEX parked_exhausted ON parked (endpoint, due_at_ms) WHERE state = 'exhausted';
CREATE INDEX parked_by_event ON parked (position);

-- AUTOINCREMENT: a number stands for its endpoint in the journal, and must never be given twice.
CREATE TABLE endpoints (number INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);

CREATE TABLE keys (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
);
