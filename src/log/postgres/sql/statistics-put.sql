-- Purpose: stores rows of statistics in place of those with their keys, and how far attempts are counted.
-- Parameters: keys as in statistics-get.sql, how many were sent, measures; the sequence.
-- Result: none.
WITH rolled AS (UPDATE trotline.statistics_state SET rolled_to = $9)
INSERT INTO trotline.statistics (grain, step_ms, begins_at_ms, tenant, endpoint, type, sent, measures)
SELECT * FROM unnest(
  $1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bytea[]
)
ON CONFLICT (grain, step_ms, begins_at_ms, tenant, endpoint, type)
  DO UPDATE SET sent = excluded.sent, measures = excluded.measures;
