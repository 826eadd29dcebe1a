-- Purpose: what attempts came to, added up.
-- Parameters: none. Result: none.

-- One row: the attempts up to `rolled_to` are in `statistics`. Whoever adds some locks it, so that each is added once.
CREATE TABLE trotline.statistics_state (only_row boolean PRIMARY KEY CHECK (only_row), rolled_to bigint NOT NULL)
  WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
INSERT INTO trotline.statistics_state VALUES (true, 0);

-- As in the SQLite store.
CREATE TABLE trotline.statistics (
  grain smallint NOT NULL,
  step_ms bigint NOT NULL,
  begins_at_ms bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  endpoint bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  sent bigint NOT NULL,
  measures bytea NOT NULL,
  PRIMARY KEY (grain, step_ms, begins_at_ms, tenant, endpoint, type)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX statistics_by_endpoint ON trotline.statistics (grain, step_ms, endpoint, begins_at_ms, tenant, type)
  WHERE grain IN (0, 3);
CREATE INDEX statistics_by_tenant ON trotline.statistics (grain, step_ms, tenant, begins_at_ms, endpoint, type);
