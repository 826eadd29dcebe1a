-- Purpose: stores a row of statistics in place of the one with its key.
-- Parameters: in the order of the columns below.
-- Result: none.
INSERT INTO statistics (grain, step_ms, begins_at_ms, tenant, endpoint, type, sent, measures)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET sent = excluded.sent, measures = excluded.measures;
