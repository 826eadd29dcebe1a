-- Purpose: which process runs the lanes of which shards, and how far each shard was dispatched.
-- Parameters: none. Result: none.

-- Each process that works on the store, by the id of its start. It is alive until `expires_at`, by the clock of the
-- database, and so is what it holds: a round renews this one row, whatever it holds. `trotline.is_alive` says the rest.
CREATE TABLE trotline.processes (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  started_at_ms double precision NOT NULL,
  roles text[] NOT NULL,
  lease interval NOT NULL,
  heard_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- `holder` is null where the shard is nobody's. `fence` grows whenever it changes hands. Every event up to `position`
-- was offered to its lanes; where it has a `writer`, up to that row of `writers`, which moves for all shards that
-- follow it: a batch changes one row, and no row for each shard that runs.
CREATE TABLE trotline.shards (
  shard integer PRIMARY KEY,
  holder text COLLATE "C",
  fence bigint NOT NULL DEFAULT 0,
  position bigint NOT NULL DEFAULT 0,
  writer text COLLATE "C",
  generation bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO trotline.shards (shard) SELECT generate_series(0, 63);

-- Purpose: the shard of an endpoint: `shardOf` of src/core/shard.ts. Parameters: its number. Result: a shard.
CREATE FUNCTION trotline.shard_of(endpoint bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT (endpoint * 39 % 64)::integer;
$$;

-- One row for each process that writes the journal and each of its generations (`RunningPosition` in
-- src/log/shard-store.ts), which each batch replaces by one with its own number, as in `dispatch`. So a process whose
-- connection ended before the answer came can ask whether its batch is in; where it is not, the number is void from then
-- on, so that what is on its way yet is refused.
CREATE TABLE trotline.writers (
  writer text COLLATE "C",
  generation bigint,
  batch bigint,
  position bigint NOT NULL,
  noted_at timestamptz NOT NULL,
  is_void boolean NOT NULL DEFAULT false,
  PRIMARY KEY (writer, generation, batch)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Purpose: whether a process is taken for alive. `-infinity` is none; one that had a lease when the server was started
--   has the time of it to come back. A start that is later than now is none of our time.
-- Parameters: when its lease ends, and how long one is. Result: true or false.
CREATE FUNCTION trotline.is_alive(expires_at timestamptz, lease interval) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT $1 > clock_timestamp() OR (
    $1 > '-infinity' AND pg_postmaster_start_time() BETWEEN clock_timestamp() - $2 AND clock_timestamp()
  );
$$;

-- Purpose: every event up to where was offered to the lanes of a shard. Parameters: the shard. Result: a position.
CREATE FUNCTION trotline.dispatched_to(of_shard integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT w.position FROM trotline.writers w
    WHERE w.writer = s.writer AND w.generation = s.generation ORDER BY w.batch DESC LIMIT 1
  ), s.position)
  FROM trotline.shards s WHERE s.shard = of_shard;
$$;

-- Purpose: until the transaction ends no shard changes hands: whoever would change that waits for it. To be asked
--   before fences are read. It comes after the journal's lock, and before those of configuration and endpoints.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.keep_fences() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1953656692, 6);
END $$;

-- Purpose: refuses the transaction that it is a part of, with the state TL003, where a shard has another fence than the
--   caller believes; `DETAIL` names those as JSON. Does what `keep_fences` does.
-- Parameters: shards and fences. Result: none.
CREATE FUNCTION trotline.require_shards(given_shards integer[], given_fences bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  lost text;
BEGIN
  PERFORM trotline.keep_fences();
  -- Its own statement, so that it sees what was committed while it waited.
  SELECT json_agg(json_build_object('shard', given.shard, 'fence', given.fence) ORDER BY given.nth)::text INTO lost
  FROM unnest(given_shards, given_fences) WITH ORDINALITY AS given(shard, fence, nth)
  WHERE NOT EXISTS (SELECT FROM trotline.shards s WHERE s.shard = given.shard AND s.fence = given.fence);
  IF lost IS NOT NULL THEN
    RAISE EXCEPTION 'shards are another process''s' USING ERRCODE = 'TL003', DETAIL = lost;
  END IF;
END $$;

-- Purpose: notes which batch this is, and how far its shards were dispatched.
-- Parameters: who writes, its generation, the number of the batch, how far those were dispatched that run; shards,
--   their fences, positions, and whether they run. Shares behind the first have no shards.
-- Result: none.
CREATE FUNCTION trotline.note_batch(
  given_writer text, given_generation bigint, given_batch bigint, running_at bigint,
  d_shard integer[], d_fence bigint[], d_position bigint[], d_running boolean[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  last record;
  moved integer[];
BEGIN
  IF cardinality(d_shard) > 0 THEN
    PERFORM trotline.require_shards(d_shard, d_fence);
    -- Mostly none: those that run follow already.
    moved := ARRAY(
      SELECT d.shard FROM unnest(d_shard, d_position, d_running) AS d(shard, position, running), trotline.shards s
      WHERE s.shard = d.shard AND CASE WHEN d.running
        THEN s.writer IS DISTINCT FROM given_writer OR s.generation IS DISTINCT FROM given_generation
        ELSE s.writer IS NOT NULL OR s.position <> d.position END
    );
    IF cardinality(moved) > 0 THEN
      UPDATE trotline.shards s SET position = d.position,
        writer = CASE WHEN d.running THEN given_writer END,
        generation = CASE WHEN d.running THEN given_generation END
      FROM unnest(d_shard, d_position, d_running) AS d(shard, position, running)
      WHERE s.shard = d.shard AND d.shard = ANY (moved);
    END IF;
  END IF;
  SELECT w.batch, w.is_void INTO last FROM trotline.writers w
  WHERE w.writer = given_writer AND w.generation = given_generation ORDER BY w.batch DESC LIMIT 1;
  IF last.batch > given_batch OR (last.batch = given_batch AND last.is_void) THEN
    RAISE EXCEPTION 'the batch % was given up before it came', given_batch USING ERRCODE = 'TL006';
  END IF;
  IF last.batch IS DISTINCT FROM given_batch THEN
    PERFORM trotline.put_batch(given_writer, given_generation, given_batch, running_at, false);
  END IF;
END $$;

-- Purpose: puts the row of a batch in the place of the last one.
-- Parameters: who writes, its generation, the number of the batch, a position, whether it is void. Result: none.
CREATE FUNCTION trotline.put_batch(
  given_writer text, given_generation bigint, given_batch bigint, given_position bigint, given_void boolean
) RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM trotline.writers w
  WHERE w.writer = given_writer AND w.generation = given_generation AND w.batch = (
    SELECT last.batch FROM trotline.writers last
    WHERE last.writer = given_writer AND last.generation = given_generation ORDER BY last.batch DESC LIMIT 1
  );
  INSERT INTO trotline.writers
  VALUES (given_writer, given_generation, given_batch, given_position, clock_timestamp(), given_void);
$$;

-- Purpose: whether a batch is in; where it is not, it never will be. Waits for a transaction that is writing one.
-- Parameters: who wrote it, its generation, its number. Result: true or false.
CREATE FUNCTION trotline.settle_batch(given_writer text, given_generation bigint, given_batch bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  last record;
BEGIN
  PERFORM trotline.lock_journal();
  SELECT w.batch, w.position, w.is_void INTO last FROM trotline.writers w
  WHERE w.writer = given_writer AND w.generation = given_generation ORDER BY w.batch DESC LIMIT 1;
  IF last.batch >= given_batch THEN
    RETURN last.batch = given_batch AND NOT last.is_void;
  END IF;
  PERFORM trotline.put_batch(given_writer, given_generation, given_batch, coalesce(last.position, 0), true);
  RETURN false;
END $$;

-- Purpose: one round after the other. Comes behind `refuse_while_moving` and before everything else.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.lock_rounds() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1953656692, 5);
END $$;

-- When somebody last waited for fences in vain, in milliseconds since 1970. A sequence: what it says is seen at once.
CREATE SEQUENCE trotline.fences_awaited;

-- Purpose: waits until nobody writes under a fence, and keeps everybody from it until the transaction ends. Not for
--   long: whoever holds a fence may have been stopped, and those who renew their leases come behind us. One in a second
--   waits, or many who want what is free would make each other wait for longer than a renewal may take.
-- Parameters: none. Result: false where it took too long.
CREATE FUNCTION trotline.lock_fences() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  now_ms bigint := extract(epoch FROM clock_timestamp()) * 1000;
BEGIN
  IF (SELECT now_ms - last_value BETWEEN 0 AND 1000 FROM trotline.fences_awaited) THEN
    RETURN pg_try_advisory_xact_lock(1953656692, 6);
  END IF;
  PERFORM set_config('lock_timeout', '300ms', true);
  PERFORM pg_advisory_xact_lock(1953656692, 6);
  RETURN true;
EXCEPTION WHEN lock_not_available THEN
  PERFORM setval('trotline.fences_awaited', now_ms);
  RETURN false;
END $$;

-- Purpose: these shards change hands; each stays where it was dispatched to. Needs `lock_fences`.
-- Parameters: shards, and whose they are; null: nobody's. Result: none.
CREATE FUNCTION trotline.hand_over(given_shards integer[], new_holder text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE trotline.shards s
  SET holder = new_holder, fence = s.fence + 1, position = trotline.dispatched_to(s.shard), writer = NULL,
    generation = NULL
  WHERE s.shard = ANY (given_shards);
END $$;

-- Purpose: how many shards a process is to hold: `fairShare` of src/core/shard.ts.
-- Parameters: its id. Result: a number.
CREATE FUNCTION trotline.fair_share(given_id text) RETURNS integer LANGUAGE sql VOLATILE AS $$
  WITH ranked AS (
    SELECT p.id, count(*) OVER () AS members,
      row_number() OVER (
        ORDER BY (SELECT count(*) FROM trotline.shards s WHERE s.holder = p.id) DESC, p.id
      ) - 1 AS rank
    FROM trotline.processes p WHERE 'deliver' = ANY (p.roles)
  ), total AS (
    SELECT count(*) AS shards FROM trotline.shards
  )
  SELECT coalesce((
    SELECT shards / members + CASE WHEN rank < shards % members THEN 1 ELSE 0 END FROM ranked, total WHERE id = given_id
  ), 0)::integer;
$$;

-- Purpose: one round of a process, as `ShardStore.round` of src/log/shard-store.ts has it. Where somebody writes under
--   a fence for long, nothing changes hands: the lease is renewed, and the rest is for the next round.
-- Parameters: who it is, how long a lease is, what it holds, and what it gives back.
-- Result: what it holds now, ascending, and how many of these it is to give back. Refuses as `refuse_while_moving`.
CREATE FUNCTION trotline.round(
  given_id text, given_name text, given_started_at_ms double precision, given_roles text[],
  lease_ms double precision, held_shards integer[], held_fences bigint[],
  released_shards integer[], released_fences bigint[],
  OUT shards integer[], OUT fences bigint[], OUT excess integer
) LANGUAGE plpgsql AS $$
DECLARE
  given_lease interval := make_interval(secs => lease_ms / 1000);
  now_at timestamptz;
  kept integer[];
  over integer[];
  wanted integer[];
  share integer;
  room integer;
  is_hungry boolean;
  is_more boolean;
BEGIN
  PERFORM trotline.refuse_while_moving();
  PERFORM trotline.lock_rounds();
  now_at := clock_timestamp();
  DELETE FROM trotline.processes p WHERE p.id <> given_id AND NOT trotline.is_alive(p.expires_at, p.lease);
  -- The clock was put back: nobody has more than a lease from now.
  UPDATE trotline.processes p SET expires_at = now_at + p.lease, heard_at = least(p.heard_at, now_at)
  WHERE p.expires_at > now_at + p.lease;
  INSERT INTO trotline.processes
  VALUES (given_id, given_name, given_started_at_ms, given_roles, given_lease, now_at, now_at + given_lease)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, roles = excluded.roles, lease = excluded.lease,
    heard_at = excluded.heard_at, expires_at = excluded.expires_at;

  SELECT coalesce(array_agg(s.shard ORDER BY s.shard) FILTER (WHERE is_kept), '{}'),
    coalesce(array_agg(s.shard) FILTER (WHERE NOT is_kept), '{}')
  INTO kept, over
  FROM trotline.shards s, LATERAL (
    SELECT EXISTS (
        SELECT FROM unnest(held_shards, held_fences) AS held(shard, fence)
        WHERE held.shard = s.shard AND held.fence = s.fence
      ) AND NOT EXISTS (
        SELECT FROM unnest(released_shards, released_fences) AS released(shard, fence)
        WHERE released.shard = s.shard AND released.fence = s.fence
      ) AS is_kept
  ) AS judged
  WHERE s.holder = given_id;
  -- Nobody's, or of one who is not among the processes any more.
  wanted := ARRAY(
    SELECT s.shard FROM trotline.shards s
    WHERE s.shard = ANY (over) OR NOT EXISTS (SELECT FROM trotline.processes p WHERE p.id = s.holder)
    ORDER BY s.shard
  );
  share := trotline.fair_share(given_id);
  is_hungry := cardinality(wanted) > 0 AND cardinality(kept) < share;
  IF (is_hungry OR cardinality(over) > 0) AND trotline.lock_fences() THEN
    PERFORM trotline.hand_over(over, NULL);
    share := trotline.fair_share(given_id);
    room := greatest(0, share - cardinality(kept));
    is_more := cardinality(wanted) > room;
    wanted := wanted[1:room];
    PERFORM trotline.hand_over(wanted, given_id);
    kept := kept || wanted;
    PERFORM trotline.forget_writers();
    -- What was given back, or was that of one who died: others need not wait for their next round.
    IF is_more THEN
      PERFORM trotline.note_pulse('shards');
    END IF;
  END IF;
  excess := greatest(0, cardinality(kept) - share);
  SELECT coalesce(array_agg(s.shard ORDER BY s.shard), '{}'), coalesce(array_agg(s.fence ORDER BY s.shard), '{}')
  INTO shards, fences FROM trotline.shards s WHERE s.shard = ANY (kept);
END $$;

-- Purpose: removes the rows of processes that wrote nothing for long, where no shard follows them.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.forget_writers() RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM trotline.writers w
  WHERE w.noted_at < clock_timestamp() - interval '1 hour' AND NOT EXISTS (
    SELECT FROM trotline.shards s WHERE s.writer = w.writer AND s.generation = w.generation
  );
$$;

-- Purpose: a process is gone, and everything it held is free. Where somebody writes under a fence for long, the next
--   round of others takes its shards from one who is not there: no round waits for this one meanwhile.
-- Parameters: its id. Result: none.
CREATE FUNCTION trotline.leave(given_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM trotline.lock_rounds();
  IF trotline.lock_fences() THEN
    PERFORM trotline.hand_over(ARRAY(SELECT s.shard FROM trotline.shards s WHERE s.holder = given_id), NULL);
  END IF;
  DELETE FROM trotline.processes p WHERE p.id = given_id;
  PERFORM trotline.note_pulse('shards');
END $$;

-- Purpose: stores replays, each where its endpoint's shard has a fence, in their order.
-- Parameters: ids, documents as JSON, shards and fences.
-- Result: which were not stored, counted from 1.
CREATE FUNCTION trotline.put_replays(ids text[], documents text[], given_shards integer[], given_fences bigint[])
RETURNS SETOF integer LANGUAGE plpgsql AS $$
DECLARE
  held boolean[];
  wanted json;
BEGIN
  PERFORM trotline.keep_fences();
  held := ARRAY(
    SELECT EXISTS (SELECT FROM trotline.shards s WHERE s.shard = given.shard AND s.fence = given.fence)
    FROM unnest(given_shards, given_fences) WITH ORDINALITY AS given(shard, fence, nth) ORDER BY nth
  );
  SELECT json_agg(json_build_object('kind', 'replay', 'key', given.id, 'document', given.document) ORDER BY nth)
  INTO wanted
  FROM unnest(ids, documents) WITH ORDINALITY AS given(id, document, nth) WHERE held[nth];
  IF wanted IS NOT NULL THEN
    PERFORM trotline.configure(wanted);
  END IF;
  RETURN QUERY SELECT at FROM generate_subscripts(held, 1) AS at WHERE NOT held[at];
END $$;
