-- Purpose: removes a consumer.
-- Parameters: tenant, name.
-- Result: none.
DELETE FROM consumers WHERE tenant = ? AND name = ?;
