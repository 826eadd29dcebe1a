-- Purpose: whether the server can hold a store.
-- Parameters: none.
-- Result: version (as server_version_num), shown_version, fsync, full_page_writes, synchronous_commit, is_replica,
-- is_read_only, encoding; and what the session reads and writes by, each by its name.
SELECT
  current_setting('server_version_num')::integer AS version,
  current_setting('server_version') AS shown_version,
  current_setting('fsync', true) AS fsync,
  current_setting('full_page_writes', true) AS full_page_writes,
  current_setting('synchronous_commit', true) AS synchronous_commit,
  pg_is_in_recovery() AS is_replica,
  current_setting('transaction_read_only') = 'on' AS is_read_only,
  current_setting('server_encoding') AS encoding,
  current_setting('default_transaction_isolation') AS default_transaction_isolation,
  current_setting('bytea_output') AS bytea_output,
  -- More than 1 is the same as 1.
  least(current_setting('extra_float_digits')::integer, 1)::text AS extra_float_digits;
