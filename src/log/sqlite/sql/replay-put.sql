-- Purpose: stores or replaces a replay.
-- Parameters: id, its members as JSON.
-- Result: none.
INSERT INTO replays (id, document)
VALUES (?, ?)
ON CONFLICT (id) DO UPDATE SET document = excluded.document;
