-- Purpose: what processes ask of each other, on its way.
-- Parameters: none. Result: none.

-- A row is a request until it is answered, and goes when the answer is read. Not logged: none outlives the process that
-- asks, and what a crash of the server takes is told as lost. `take_before` is when nobody may begin it any more,
-- `held_until` when who took it is taken for dead, `ends_at` when nobody waits for it any more, all by the clock of the
-- database.
CREATE UNLOGGED TABLE trotline.requests (
  id text COLLATE "C" PRIMARY KEY,
  asker text COLLATE "C" NOT NULL,
  shard integer NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  endpoint text COLLATE "C" NOT NULL,
  take_before timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  taker text COLLATE "C",
  held_until timestamptz,
  content bytea NOT NULL,
  answer bytea
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
