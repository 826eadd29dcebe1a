-- Purpose: adds attempts that are moved.
-- Parameters: the columns of `attempts` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.attempts (
  sequence, endpoint, position, number, trigger, started_at_ms, duration_ms, ended_at_ms,
  status, error_class, error_detail, retry_after_ms, response_truncated, response_body, tenant
)
SELECT given.sequence, given.endpoint, given.position, given.number, given.trigger, given.started_at_ms,
  given.duration_ms, given.ended_at_ms, given.status, given.error_class, given.error_detail, given.retry_after_ms,
  given.response_truncated <> 0, given.response_body, nullif(events.tenant, 'default')
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::double precision[],
  $7::double precision[], $8::double precision[], $9::integer[], $10::smallint[], $11::text[],
  $12::double precision[], $13::integer[], $14::bytea[]
) AS given (
  sequence, endpoint, position, number, trigger, started_at_ms, duration_ms, ended_at_ms,
  status, error_class, error_detail, retry_after_ms, response_truncated, response_body
)
LEFT JOIN trotline.events ON events.position = given.position;
