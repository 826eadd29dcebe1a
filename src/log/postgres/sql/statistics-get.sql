-- Purpose: rows of statistics.
-- Parameters: their keys: grains, steps, begins, tenants, endpoints, types.
-- Result: nth, from 1, and measures of each that is there.
SELECT given.nth, s.measures
FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])
  WITH ORDINALITY AS given(grain, step_ms, begins_at_ms, tenant, endpoint, type, nth)
JOIN trotline.statistics s USING (grain, step_ms, begins_at_ms, tenant, endpoint, type);
