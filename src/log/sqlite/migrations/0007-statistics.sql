-- Purpose: what attempts came to, added up.
-- Parameters: none. Result: none.

-- One row: the attempts up to `rolled_to` are in `statistics`. It is written with them, in one transaction.
CREATE TABLE statistics_state (only INTEGER PRIMARY KEY CHECK (only = 1), rolled_to INTEGER NOT NULL);
INSERT INTO statistics_state VALUES (1, 0);

-- A row for the events that were accepted in one step of time, which begins at `begins_at_ms`. `grain` is a number of
-- statistics-rows.ts: of one endpoint and type, of either, of a tenant, or of all; what a grain does not tell is 0 or empty.
-- One tenant's or endpoint's are found by a seek for each step: an index by endpoint would write a page for each row.
-- `measures` is what statistics-bytes.ts writes; `sent` is in it too, and stands beside it so that SQL can add it.
CREATE TABLE statistics (
  grain INTEGER NOT NULL,
  step_ms INTEGER NOT NULL,
  begins_at_ms INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  endpoint INTEGER NOT NULL,
  type TEXT NOT NULL,
  sent INTEGER NOT NULL,
  measures BLOB NOT NULL,
  PRIMARY KEY (grain, step_ms, begins_at_ms, tenant, endpoint, type)
) WITHOUT ROWID;
