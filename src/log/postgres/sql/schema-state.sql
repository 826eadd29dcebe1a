-- Purpose: what of the schema is there already.
-- Parameters: none.
-- Result: has_schema, has_migrations.
SELECT
  to_regnamespace('trotline') IS NOT NULL AS has_schema,
  to_regclass('trotline.migrations') IS NOT NULL AS has_migrations;
