-- Purpose: adds consumers that are moved.
-- Parameters: the columns of `consumers` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.consumers (tenant, name, document, version, position, told)
SELECT tenant, name, document, 0, (document::json ->> 'position')::bigint, document::json ->> 'told'
FROM unnest($1::text[], $2::text[], $3::text[]) AS given (tenant, name, document);
