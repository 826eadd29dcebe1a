-- Purpose: what changed of what is configured.
-- Parameters: the sequence after which.
-- Result: head, the sequence of the last change; and sequence, kind and key of each since, or one row with nulls where
--   there is none.
SELECT head.sequence AS head, change.sequence, change.kind, change.key
FROM (SELECT trotline.last_change() AS sequence) AS head LEFT JOIN trotline.changes AS change ON change.sequence > $1
ORDER BY change.sequence;
