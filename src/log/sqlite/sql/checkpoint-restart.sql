-- Purpose: copies all of the write-ahead log into the database, so that the next commit begins it anew.
-- Parameters: none.
-- Result: 1 where a lock was in the way, pages of the write-ahead log, those that are in the database too.
PRAGMA wal_checkpoint(RESTART);
