-- Purpose: how deliveries of one event began, and which were made.
-- Parameters: position.
-- Result: endpoint, sequence; 1 where a replay began the delivery, where something else began it, and where it was
--   delivered by something else.
SELECT endpoint, sequence, number = 1 AND trigger = 5, number = 1 AND trigger <> 5, error_class IS NULL AND trigger <> 5
FROM attempts INDEXED BY attempts_by_event
WHERE position = ? AND (number = 1 OR (error_class IS NULL AND trigger <> 5));
