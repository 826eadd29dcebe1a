-- Purpose: tells other processes that there is something new in the log. A transaction of its own, for those that
--   notify are written down one after the other (https://www.postgresql.org/docs/current/sql-notify.html).
-- Parameters: who rings.
-- Result: none.
SELECT pg_notify('trotline_log', $1);
