-- Purpose: what is known of a store that is moved here.
-- Parameters: none. Result: none.

-- A row where a store was moved here. While it is not finished servers refuse the store. `life` is that of src/log/move/move-ports.ts.
CREATE TABLE trotline.move (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  life text NOT NULL,
  began_at_ms double precision NOT NULL,
  finished_at_ms double precision
);

-- How far each table has come: the key of the last row that is here as JSON, and how many there are.
CREATE TABLE trotline.move_progress (
  table_name text PRIMARY KEY,
  after_key text NOT NULL,
  rows bigint NOT NULL
);

-- Purpose: removes what an unfinished move has copied. The outbox of applications is left as it is.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.clear_move() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM trotline.move WHERE finished_at_ms IS NULL) THEN
    RAISE EXCEPTION 'there is no unfinished move';
  END IF;
  TRUNCATE trotline.move, trotline.move_progress, trotline.epochs, trotline.events, trotline.event_ids,
    trotline.redeliveries, trotline.idempotency, trotline.attempts, trotline.lanes, trotline.parked,
    trotline.endpoints, trotline.keys, trotline.consumers, trotline.replays, trotline.event_types,
    trotline.sources, trotline.receipts;
  UPDATE trotline.receipt_bytes SET total = 0;
  UPDATE trotline.log_state SET trimmed_through = 0, trimmed_bytes = 0, trimmed_accepted_at_ms = NULL;
  UPDATE trotline.dispatch SET sequence = 0, ended_at_ms = '-Infinity', lag_ms = 0;
  UPDATE trotline.shards SET position = 0, writer = NULL, generation = NULL;
  UPDATE trotline.attempts_trimmed SET through = 0;
END
$$;
