-- Purpose: copies what it can of the write-ahead log into the database, in nobody's way.
-- Parameters: none.
-- Result: 1 where a lock was in the way, pages of the write-ahead log, those that are in the database too.
PRAGMA wal_checkpoint(PASSIVE);
