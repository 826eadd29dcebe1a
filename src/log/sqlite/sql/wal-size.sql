-- Purpose: the size of the write-ahead log, without a checkpoint.
-- Parameters: none.
-- Result: 0, its pages, those that are in the database too.
PRAGMA wal_checkpoint(NOOP);
