-- Purpose: counts what a move takes.
-- Parameters: none.
-- Result: a row for each table: name, rows.
SELECT 'state', count(*) FROM log_state
UNION ALL SELECT 'epochs', count(*) FROM epochs
UNION ALL SELECT 'endpoints', count(*) FROM endpoints
UNION ALL SELECT 'keys', count(*) FROM keys
UNION ALL SELECT 'consumers', count(*) FROM consumers
UNION ALL SELECT 'replays', count(*) FROM replays
UNION ALL SELECT 'event_types', count(*) FROM event_types
UNION ALL SELECT 'sources', count(*) FROM sources
UNION ALL SELECT 'receipts', count(*) FROM receipts
UNION ALL SELECT 'lanes', count(*) FROM lanes
UNION ALL SELECT 'parked', count(*) FROM parked
UNION ALL SELECT 'idempotency', count(*) FROM idempotency
UNION ALL SELECT 'redeliveries', count(*) FROM redeliveries
UNION ALL SELECT 'events', count(*) FROM events
UNION ALL SELECT 'attempts', count(*) FROM attempts;
