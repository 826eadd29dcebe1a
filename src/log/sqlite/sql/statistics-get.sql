-- Purpose: one row of statistics.
-- Parameters: grain, step, begin, tenant, endpoint, type.
-- Result: its measures, or none.
SELECT measures FROM statistics
WHERE grain = ? AND step_ms = ? AND begins_at_ms = ? AND tenant = ? AND endpoint = ? AND type = ?;
