-- Purpose: what orders parked deliveries.
-- Parameters: none. Result: none.

-- `key` is that of core/lane-key.ts, where one below -1 stands for a delivery that lost its place; -1 where the
-- endpoint's deliveries were not ordered when the row was written.
-- Two states come with it: a delivery that is `held` waits for one before it, and one that is `blocked` was given up and
-- holds back those behind it. A `cancelled` row is of a delivery that a person skipped.
ALTER TABLE parked ADD COLUMN key INTEGER NOT NULL DEFAULT -1;

DROP INDEX parked_due;
CREATE INDEX parked_due ON parked (endpoint, due_at_ms, position, state) WHERE state IN ('sending', 'retrying');
DROP INDEX parked_exhausted;
CREATE INDEX parked_exhausted ON parked (endpoint, due_at_ms) WHERE state IN ('exhausted', 'blocked');
-- Every row that is not settled: what is counted, and what is asked for by key.
CREATE INDEX parked_by_key ON parked (endpoint, key, position, state) WHERE state NOT IN ('exhausted', 'cancelled');
