-- Purpose: removes old receipts, looking at so many of the oldest.
-- Parameters: the time before which they came, how many to look at.
-- Result: none.
DELETE FROM receipts WHERE number IN (
  SELECT number FROM (SELECT number, received_at_ms FROM receipts ORDER BY id LIMIT ?2) WHERE received_at_ms < ?1
);
