-- Purpose: adds endpoints that are moved.
-- Parameters: the columns of `endpoints` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.endpoints (number, document, version)
SELECT number, document, 0 FROM unnest($1::bigint[], $2::text[]) AS given (number, document);
