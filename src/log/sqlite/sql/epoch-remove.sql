-- Purpose: forgets an epoch.
-- Parameters: id.
-- Result: none.
DELETE FROM epochs WHERE id = ?;
