-- Purpose: the catalogue of event types.
-- Parameters: none. Result: none.

-- `document` is a JSON object, as in `endpoints`.
CREATE TABLE event_types (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
