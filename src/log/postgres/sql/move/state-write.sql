-- Purpose: puts where the log and the journal stand, which are moved.
-- Parameters: the columns of `state` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
WITH given AS (
  SELECT *
  FROM unnest(
    $1::integer[], $2::bigint[], $3::bigint[], $4::double precision[], $5::bigint[], $6::bigint[],
    $7::double precision[], $8::double precision[], $9::bigint[], $10::bigint[], $11::bigint[]
  ) AS state (
    only_row, trimmed_through, trimmed_bytes, trimmed_accepted_at_ms, attempts_trimmed_through, attempt_sequence,
    attempt_ended_at_ms, attempt_lag_ms, dispatched_to, last_endpoint, last_source
  )
), log AS (
  UPDATE trotline.log_state SET trimmed_through = given.trimmed_through, trimmed_bytes = given.trimmed_bytes,
    trimmed_accepted_at_ms = given.trimmed_accepted_at_ms
  FROM given
), dispatched AS (
  UPDATE trotline.shards SET position = given.dispatched_to, writer = NULL, generation = NULL FROM given
), attempted AS (
  UPDATE trotline.dispatch SET sequence = given.attempt_sequence,
    ended_at_ms = coalesce(given.attempt_ended_at_ms, '-Infinity'), lag_ms = given.attempt_lag_ms
  FROM given
), trimmed AS (
  UPDATE trotline.attempts_trimmed SET through = given.attempts_trimmed_through FROM given
)
-- A sequence is never at 0, only not called yet.
SELECT setval('trotline.endpoint_numbers', greatest(last_endpoint, 1), last_endpoint > 0),
  setval('trotline.source_numbers', greatest(last_source, 1), last_source > 0)
FROM given;
