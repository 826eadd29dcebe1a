-- Purpose: removes the oldest rows of one grain and step.
-- Parameters: grain, step, the begin before which they go, how many.
-- Result: none.
DELETE FROM statistics WHERE (grain, step_ms, begins_at_ms, tenant, endpoint, type) IN (
  SELECT grain, step_ms, begins_at_ms, tenant, endpoint, type FROM statistics
  WHERE grain = ?1 AND step_ms = ?2 AND begins_at_ms < ?3
  ORDER BY begins_at_ms, tenant, endpoint, type
  LIMIT ?4
);
