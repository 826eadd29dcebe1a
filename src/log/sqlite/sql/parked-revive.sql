-- Purpose: makes deliveries that were given up due again, with a fresh schedule.
-- Parameters: endpoint, given up since, due, 1 where order counts: then what was blocked is held until its turn, and
-- what was not has the key of those that lost their place (looseKey in core/lane-key.ts).
-- Result: none.
UPDATE parked SET
  state = CASE WHEN ?4 = 1 AND state = 'blocked' THEN 'held' ELSE 'retrying' END,
  key = CASE WHEN ?4 = 1 AND state = 'exhausted' AND key > 0 THEN -1 - key ELSE key END,
  step = 0,
  due_at_ms = ?3
WHERE endpoint = ?1 AND state IN ('exhausted', 'blocked') AND due_at_ms >= ?2;
