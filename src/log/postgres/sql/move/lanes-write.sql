-- Purpose: adds lanes that are moved.
-- Parameters: the columns of `lanes` in src/log/move/moved-tables.ts, an array of each.
-- Result: none.
INSERT INTO trotline.lanes (endpoint, read_position, behind, pending, health)
SELECT endpoint, read_position, behind <> 0, pending, health
FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[], $5::text[])
  AS given (endpoint, read_position, behind, pending, health);
