-- Purpose: the transactional outbox: applications insert into `trotline.outbox` in their own transactions, and Trotline moves
-- what has become visible into the log.
-- Parameters: none. Result: none.
--
-- What is visible now and was not when the last snapshot was drained is what was committed in between, however long its
-- transaction was open (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT). So nobody waits
-- for anybody: no lock, no trigger, and no gap in a sequence means anything.

-- Orders the rows of a transaction, and rows of two where one of them could only be inserted after the other's commit.
CREATE SEQUENCE trotline.outbox_numbers;
GRANT USAGE ON SEQUENCE trotline.outbox_numbers TO PUBLIC;

-- A ring of eight tables that are written in turn, 8,192 numbers each, and emptied by TRUNCATE: no row is ever updated or
-- deleted. The number alone says which table a row goes to: a writer looks nothing up and waits for nobody.
-- `xid` is that of the transaction as a whole: rows of its savepoints have it, too. `data` is text, since `jsonb` would not keep
-- the bytes. Where `occurred_at` is not given, the event occurred at `inserted_at`: the time at which its transaction began.
CREATE TABLE trotline.outbox (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  number bigint NOT NULL DEFAULT nextval('trotline.outbox_numbers'),
  inserted_at timestamptz NOT NULL DEFAULT now(),
  id text NOT NULL DEFAULT 'evt_' || lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
    || right(replace(gen_random_uuid()::text, '-', ''), 20),
  tenant text NOT NULL DEFAULT 'default',
  type text NOT NULL,
  subject text,
  version text,
  occurred_at timestamptz,
  data text NOT NULL
) PARTITION BY LIST ((number / 8192 % 8));
CREATE INDEX outbox_by_transaction ON trotline.outbox (xid);
CREATE INDEX outbox_by_number ON trotline.outbox (number);

-- No autovacuum: their rows are gone before it would find them, and it would be in the way of TRUNCATE.
DO $$
BEGIN
  FOR slot IN 0..7 LOOP
    EXECUTE format(
      'CREATE TABLE trotline.outbox_%s PARTITION OF trotline.outbox FOR VALUES IN (%s)
         WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false)', slot, slot);
  END LOOP;
END
$$;

-- What cannot become an event, with the reason. Nothing removes it but an operator.
CREATE TABLE trotline.outbox_refused (
  refusal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  refused_at timestamptz NOT NULL DEFAULT now(),
  code text NOT NULL,
  detail text NOT NULL,
  number bigint NOT NULL,
  inserted_at timestamptz NOT NULL,
  id text NOT NULL,
  tenant text NOT NULL,
  type text NOT NULL,
  subject text,
  version text,
  occurred_at timestamptz,
  data text NOT NULL
);

-- One row. Everything visible in `drained` has been moved. While what became visible from there to `target` is being moved, page
-- by page in the order of numbers, `after` is the last number that was. `batch` is one more with each page, so that a page which
-- another process moved meanwhile is not moved again. Transactions are numbered by the server: `server` says by which.
CREATE TABLE trotline.outbox_place (
  one integer PRIMARY KEY CHECK (one = 1),
  batch bigint NOT NULL,
  drained pg_snapshot NOT NULL,
  target pg_snapshot,
  after bigint NOT NULL,
  server bigint NOT NULL
);
INSERT INTO trotline.outbox_place
  SELECT 1, 0, '1:1:', NULL, 0, system_identifier FROM pg_control_system();

-- The next rows to be moved. STABLE: everything here sees with the snapshot of the statement that calls it, which is also what
-- pg_current_snapshot() answers. One row at least: without a number where there is nothing to move.
-- The first page of a target is found by transactions: those that began since, and those that were open; the others are found by
-- number, so that a long queue is walked through once and not sorted for each page. Of data that are too large only the size is read.
CREATE FUNCTION trotline.outbox_page(rows_max integer, bytes_max bigint, data_bytes_max bigint)
RETURNS TABLE (
  batch bigint, until text, is_begun boolean, is_elsewhere boolean, more boolean,
  number bigint, id text, tenant text, type text, subject text, version text,
  occurred_at_ms double precision, occurred_at_was_given boolean, data text, data_bytes integer
)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
  place trotline.outbox_place;
  until_snapshot pg_snapshot;
  open_then xid8[];
  elsewhere boolean;
BEGIN
  SELECT p.* INTO STRICT place FROM trotline.outbox_place p;
  until_snapshot := coalesce(place.target, pg_current_snapshot());
  open_then := ARRAY(SELECT pg_snapshot_xip(place.drained));
  elsewhere := place.server <> (SELECT system_identifier FROM pg_control_system())
    OR pg_snapshot_xmax(place.drained) > pg_snapshot_xmax(pg_current_snapshot());
  RETURN QUERY
    SELECT
      place.batch, until_snapshot::text, place.target IS NOT NULL, elsewhere, page.more,
      page.number, left(page.id, 1000), left(page.tenant, 1000), left(page.type, 1000), left(page.subject, 1000),
      left(page.version, 1000),
      floor(extract(epoch FROM coalesce(page.occurred_at, page.inserted_at)) * 1000)::double precision,
      page.occurred_at IS NOT NULL,
      CASE WHEN page.size <= data_bytes_max THEN page.data ELSE '' END,
      page.size
    FROM (
      SELECT ranked.*, bool_or(NOT ranked.fits) OVER () AS more
      FROM (
        SELECT
          due.*,
          octet_length(due.data) AS size,
          row_number() OVER numbered = 1 OR (
            row_number() OVER numbered <= rows_max AND sum(
              CASE WHEN octet_length(due.data) <= data_bytes_max THEN octet_length(due.data) ELSE 0 END
            ) OVER numbered <= bytes_max
          ) AS fits
        FROM (
          (
            SELECT fresh.*
            FROM (
              SELECT o.* FROM trotline.outbox o WHERE o.xid >= pg_snapshot_xmax(place.drained)
              UNION ALL
              SELECT o.* FROM trotline.outbox o WHERE o.xid = ANY (open_then)
            ) fresh
            WHERE place.target IS NULL AND NOT elsewhere
            ORDER BY fresh.number LIMIT rows_max + 1
          )
          UNION ALL
          (
            SELECT o.*
            FROM trotline.outbox o
            WHERE place.target IS NOT NULL AND NOT elsewhere AND o.number > place.after
              AND pg_visible_in_snapshot(o.xid, until_snapshot)
              AND NOT pg_visible_in_snapshot(o.xid, place.drained)
            ORDER BY o.number LIMIT rows_max + 1
          )
        ) due
        WINDOW numbered AS (ORDER BY due.number)
      ) ranked
    ) page
    WHERE page.fits
    ORDER BY page.number;
  IF NOT FOUND THEN
    RETURN QUERY SELECT
      place.batch, until_snapshot::text, place.target IS NOT NULL, elsewhere, false, NULL::bigint, NULL, NULL, NULL, NULL,
      NULL, NULL::double precision, NULL::boolean, NULL, NULL::integer;
  END IF;
END
$$;

-- Moves a page: some of its rows into the log, some among the refused, others (copies of what the log has) nowhere. Answers
-- `moved`; or `stale` where another process moved the page; `known` with ids that the log has, as `known_events` tells of them; or
-- `forked` where the log has gone back behind `known_head`. Only `moved` changed anything. The numbers ascend.
-- It is a transaction of its own, which begins after the one that took the snapshot: so this transaction's number is beyond
-- everything in `until`, and after a crash no number that the snapshot has seen can be given again.
CREATE FUNCTION trotline.outbox_move(
  moved_batch bigint, until text, more boolean, last_number bigint,
  event_numbers bigint[], refused_numbers bigint[], refused_codes text[], refused_details text[],
  known_head bigint, now_ms double precision
)
RETURNS TABLE (outcome text, known text)
LANGUAGE plpgsql SET lock_timeout = '10s'
AS $$
#variable_conflict use_variable
DECLARE
  added trotline.new_event[];
  tenants text[];
  ids text[];
  log_place trotline.log_place;
  known_numbers bigint[];
  known_positions bigint[];
BEGIN
  PERFORM FROM trotline.outbox_place WHERE batch = moved_batch FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'stale', NULL;
    RETURN;
  END IF;
  IF event_numbers <> '{}' THEN
    SELECT
      array_agg(ROW(
        o.tenant, o.id, o.type, o.subject, o.version,
        floor(extract(epoch FROM coalesce(o.occurred_at, o.inserted_at)) * 1000),
        convert_to(btrim(o.data, E' \t\n\r'), 'UTF8'), NULL
      )::trotline.new_event ORDER BY o.number),
      array_agg(o.tenant ORDER BY o.number),
      array_agg(o.id ORDER BY o.number)
    INTO added, tenants, ids
    FROM trotline.outbox o
    WHERE o.number = ANY (event_numbers);
    log_place := trotline.lock_log(known_head, now_ms);
    IF log_place.head IS NULL THEN
      RETURN QUERY SELECT 'forked', NULL;
      RETURN;
    END IF;
    SELECT array_agg(k.at), array_agg(k.known_position) INTO known_numbers, known_positions
    FROM trotline.known_ids(tenants, ids, log_place.trimmed_through) k;
    IF known_numbers IS NOT NULL THEN
      RETURN QUERY SELECT 'known', trotline.known_events(known_numbers, known_positions);
      RETURN;
    END IF;
    PERFORM trotline.put_events(log_place, added);
  END IF;
  INSERT INTO trotline.outbox_refused
    (code, detail, number, inserted_at, id, tenant, type, subject, version, occurred_at, data)
  SELECT r.code, r.detail, o.number, o.inserted_at, o.id, o.tenant, o.type, o.subject, o.version, o.occurred_at, o.data
  FROM unnest(refused_numbers, refused_codes, refused_details) AS r (number, code, detail)
  JOIN trotline.outbox o ON o.number = r.number
  ORDER BY o.number;
  UPDATE trotline.outbox_place SET
    batch = outbox_place.batch + 1,
    drained = CASE WHEN more THEN drained ELSE until::pg_snapshot END,
    target = CASE WHEN more THEN until::pg_snapshot END,
    after = CASE WHEN more THEN last_number ELSE 0 END;
  RETURN QUERY SELECT 'moved', NULL;
END
$$;

-- What waits and is visible, and what was refused.
CREATE FUNCTION trotline.outbox_waiting()
RETURNS TABLE (waiting bigint, oldest_age_ms double precision, refused bigint)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  place trotline.outbox_place;
  open_then xid8[];
BEGIN
  SELECT p.* INTO STRICT place FROM trotline.outbox_place p;
  open_then := ARRAY(SELECT pg_snapshot_xip(place.drained));
  RETURN QUERY
    SELECT
      count(*),
      coalesce(extract(epoch FROM clock_timestamp() - min(fresh.inserted_at)) * 1000, 0)::double precision,
      (SELECT count(*) FROM trotline.outbox_refused)
    FROM (
      SELECT o.* FROM trotline.outbox o WHERE o.xid >= pg_snapshot_xmax(place.drained)
      UNION ALL
      SELECT o.* FROM trotline.outbox o WHERE o.xid = ANY (open_then)
    ) fresh
    WHERE place.target IS NULL OR fresh.number > place.after OR NOT pg_visible_in_snapshot(fresh.xid, place.target);
END
$$;

-- Empties the tables of the ring of which everything has been moved; answers how many it emptied, and how many still hold rows.
-- The one that is being written is left alone until it is large or its oldest row is old. A table with an open writer is passed
-- over: NOWAIT, since writers would queue behind one who waits for the lock. With the lock, every row is settled and seen, for
-- each statement here has a snapshot of its own.
CREATE FUNCTION trotline.outbox_rotate(written_bytes_max bigint, written_age_ms_max double precision)
RETURNS TABLE (emptied integer, kept integer)
LANGUAGE plpgsql
AS $$
DECLARE
  written bigint;
  slot integer;
  slot_table regclass;
  slots integer[] := '{}';
  oldest timestamptz;
  place trotline.outbox_place;
  has_rest boolean;
BEGIN
  emptied := 0;
  kept := 0;
  SELECT (last_value + 1) / 8192 % 8 INTO written FROM trotline.outbox_numbers;
  FOR slot IN 0..7 LOOP
    slot_table := format('trotline.outbox_%s', slot)::regclass;
    CONTINUE WHEN pg_relation_size(slot_table) = 0;
    kept := kept + 1;
    IF slot = written AND pg_total_relation_size(slot_table) <= written_bytes_max THEN
      EXECUTE format('SELECT inserted_at FROM %s ORDER BY number LIMIT 1', slot_table) INTO oldest;
      CONTINUE WHEN extract(epoch FROM now() - oldest) * 1000 <= written_age_ms_max;
    END IF;
    slots := slots || slot;
  END LOOP;
  IF slots <> '{}' THEN
    SELECT p.* INTO place FROM trotline.outbox_place p WHERE p.target IS NULL FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      slots := '{}';
    END IF;
  END IF;
  FOREACH slot IN ARRAY slots LOOP
    slot_table := format('trotline.outbox_%s', slot)::regclass;
    BEGIN
      EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', slot_table);
    EXCEPTION WHEN lock_not_available THEN
      CONTINUE;
    END;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE xid >= $1 OR xid = ANY ($2))', slot_table)
      INTO has_rest
      USING pg_snapshot_xmax(place.drained), ARRAY(SELECT pg_snapshot_xip(place.drained));
    IF NOT has_rest THEN
      EXECUTE format('TRUNCATE %s', slot_table);
      emptied := emptied + 1;
      kept := kept - 1;
    END IF;
  END LOOP;
  RETURN NEXT;
END
$$;

-- After the database was put into another server, which numbers transactions anew: what the ring holds is looked at once more, as
-- if nothing had been moved. What the log has already, it knows by its id. `seen_batch` is where it was found out: who comes behind
-- another process does nothing.
CREATE FUNCTION trotline.outbox_restart(seen_batch bigint)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM trotline.outbox_place WHERE batch = seen_batch FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE trotline.outbox SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
  UPDATE trotline.outbox_place
    SET batch = batch + 1, drained = '1:1:', target = NULL, after = 0,
      server = (SELECT system_identifier FROM pg_control_system());
END
$$;

REVOKE EXECUTE ON FUNCTION trotline.outbox_page, trotline.outbox_move, trotline.outbox_waiting, trotline.outbox_rotate, trotline.outbox_restart
  FROM PUBLIC;
