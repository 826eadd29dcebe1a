-- Purpose: consumers by tenant and name.
-- Parameters: tenant and name to begin after, the last tenant, the most rows.
-- Result: as consumers-find.sql has it; one row of nulls but for now_ms where there is none.
SELECT kept.document, kept.version, kept.position, kept.told, kept.lease, kept.lease_until_ms, kept.serving_until_ms,
  kept.turn, trotline.clock_ms() AS now_ms
FROM (SELECT) AS one LEFT JOIN (
  SELECT * FROM trotline.consumers WHERE (tenant, name) > ($1::text, $2::text) AND tenant <= $3::text
  ORDER BY tenant, name LIMIT $4
) AS kept ON true
ORDER BY kept.tenant, kept.name;
