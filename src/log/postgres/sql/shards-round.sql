-- Purpose: one round of a process among those that share the store.
-- Parameters: its id, name, start and roles; milliseconds of a lease; what it holds: shards and fences; what it gives
-- back: shards and fences.
-- Result: shards and fences that it holds now, excess.
SELECT shards, fences, excess FROM trotline.round($1, $2, $3, $4, $5, $6, $7, $8, $9);
