-- Purpose: tells all processes to look at once. A transaction of its own, for those that notify are written down one
--   after the other (https://www.postgresql.org/docs/current/sql-notify.html).
-- Parameters: none.
-- Result: none.
SELECT pg_notify('trotline_pulse', '');
