-- Purpose: some consumers, as they are now.
-- Parameters: tenants and names.
-- Result: for each in turn document, version, position, told, lease, lease_until_ms, serving_until_ms and turn, nulls
--   where there is none; and now_ms, the database's time.
SELECT kept.document, kept.version, kept.position, kept.told, kept.lease, kept.lease_until_ms, kept.serving_until_ms,
  kept.turn, trotline.clock_ms() AS now_ms
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (tenant, name, ordinal)
LEFT JOIN trotline.consumers AS kept ON kept.tenant = given.tenant AND kept.name = given.name
ORDER BY given.ordinal;
