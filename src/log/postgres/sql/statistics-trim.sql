-- Purpose: removes the oldest rows of a step, those of each grain.
-- Parameters: step, the begin before which they go, how many of a grain, and what the process takes for now.
-- Result: removed, the most of one grain.
WITH old AS (
  SELECT found.*
  FROM generate_series(0, 4) AS one(grain)
  CROSS JOIN LATERAL (
    SELECT grain, step_ms, begins_at_ms, tenant, endpoint, type
    FROM trotline.statistics s
    WHERE s.grain = one.grain AND s.step_ms = $1 AND s.begins_at_ms < trotline.not_ahead($2, $4)
    ORDER BY begins_at_ms
    LIMIT $3
  ) AS found
), removed AS (
  DELETE FROM trotline.statistics s USING old
  WHERE (s.grain, s.step_ms, s.begins_at_ms, s.tenant, s.endpoint, s.type)
    = (old.grain, old.step_ms, old.begins_at_ms, old.tenant, old.endpoint, old.type)
  RETURNING s.grain
)
SELECT coalesce(max(total), 0) AS removed FROM (SELECT count(*) AS total FROM removed GROUP BY grain) AS totals;
