-- Purpose: adds events that are moved.
-- Parameters: the columns of `events` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
WITH given AS (
  SELECT *
  FROM unnest(
    $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::double precision[],
    $8::double precision[], $9::bigint[], $10::bytea[], $11::bytea[]
  ) AS event (
    position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, bytes_through, data, request
  )
), identified AS (
  INSERT INTO trotline.event_ids (position, tenant, id) SELECT position, tenant, id FROM given
)
INSERT INTO trotline.events (
  position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, bytes_through, data, request
)
SELECT * FROM given;
