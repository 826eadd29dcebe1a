-- Purpose: stores or replaces a consumer.
-- Parameters: tenant, name, its members as JSON.
-- Result: none.
INSERT INTO consumers (tenant, name, document)
VALUES (?, ?, ?)
ON CONFLICT (tenant, name) DO UPDATE SET document = excluded.document;
