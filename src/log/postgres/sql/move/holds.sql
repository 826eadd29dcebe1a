-- Purpose: which tables hold something, before a move brings more.
-- Parameters: none.
-- Result: a row for each: name.
SELECT 'events' AS name WHERE EXISTS (SELECT FROM trotline.events)
  OR (SELECT trimmed_through > 0 FROM trotline.log_state)
UNION ALL SELECT 'attempts' WHERE EXISTS (SELECT FROM trotline.attempts) OR (SELECT sequence > 0 FROM trotline.dispatch)
UNION ALL SELECT 'endpoints' WHERE EXISTS (SELECT FROM trotline.endpoints)
UNION ALL SELECT 'keys' WHERE EXISTS (SELECT FROM trotline.keys)
UNION ALL SELECT 'consumers' WHERE EXISTS (SELECT FROM trotline.consumers)
UNION ALL SELECT 'replays' WHERE EXISTS (SELECT FROM trotline.replays)
UNION ALL SELECT 'event types' WHERE EXISTS (SELECT FROM trotline.event_types)
UNION ALL SELECT 'sources' WHERE EXISTS (SELECT FROM trotline.sources)
UNION ALL SELECT 'receipts' WHERE EXISTS (SELECT FROM trotline.receipts)
UNION ALL SELECT 'lanes' WHERE EXISTS (SELECT FROM trotline.lanes)
UNION ALL SELECT 'parked deliveries' WHERE EXISTS (SELECT FROM trotline.parked)
UNION ALL SELECT 'idempotency keys' WHERE EXISTS (SELECT FROM trotline.idempotency);
