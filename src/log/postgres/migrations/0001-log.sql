-- Purpose: the log: events in partitions by position, their ids, what has left, epochs, and how events get in.
-- Parameters: none. Result: none.
--
-- Times are milliseconds since 1970, as in the SQLite store. Text that is looked up is compared by its bytes.

-- One row, which changes with retention alone: the head is read from `events`, because a row that every append
-- changed would leave versions behind that nobody may remove while a transaction of somebody's is open. Positions up to
-- `trimmed_through` have left the log, also where their partition is still there; they had `trimmed_bytes` bytes of
-- data, and the last of them was accepted at `trimmed_accepted_at_ms`.
CREATE TABLE trotline.log_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  trimmed_through bigint NOT NULL DEFAULT 0,
  trimmed_bytes bigint NOT NULL DEFAULT 0,
  trimmed_accepted_at_ms double precision,
  partition_positions bigint NOT NULL DEFAULT 1000000
);
INSERT INTO trotline.log_state DEFAULT VALUES;

-- `bytes_through` and `accepted_at_ms` are those of the SQLite store: neither decreases.
CREATE TABLE trotline.events (
  position bigint NOT NULL,
  accepted_at_ms double precision NOT NULL,
  occurred_at_ms double precision NOT NULL,
  bytes_through bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  type text NOT NULL,
  subject text,
  version text,
  data bytea NOT NULL,
  request bytea,
  PRIMARY KEY (position)
) PARTITION BY RANGE (position);
CREATE INDEX events_by_tenant ON trotline.events (tenant, position);

-- Where ids are looked up by whoever has the log's line, which is what makes them unique. Partitions of its own, few
-- and large, so that an id is looked up in few places and old ids leave with their partition. Of an id that has left
-- the log there may be a row yet, and another of the event that has it now.
CREATE TABLE trotline.event_ids (
  position bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL
) PARTITION BY RANGE (position);
CREATE INDEX event_ids_by_id ON trotline.event_ids (tenant, id);

-- The partitions of tables that have some, by the first and the last position (or number) of each.
CREATE TABLE trotline.partitions (
  parent text NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  PRIMARY KEY (parent, first)
);

CREATE TABLE trotline.redeliveries (
  position bigint PRIMARY KEY,
  count bigint NOT NULL,
  last_at_ms double precision NOT NULL
);

-- `items` is what was answered, as JSON. A position below 0 counts on from `base_position`, the head before the events
-- that were stored with the key: they were written down before their positions were known.
CREATE TABLE trotline.idempotency (
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  body_hash bytea NOT NULL,
  items text NOT NULL,
  base_position bigint NOT NULL DEFAULT 0,
  created_at_ms double precision NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_age ON trotline.idempotency (created_at_ms);

-- See core/epochs.ts. `server` and `written_by` say in which life of which database the row was written: a copy of it
-- has another (see `has_begun`).
CREATE TABLE trotline.epochs (
  id text COLLATE "C" PRIMARY KEY,
  after_position bigint NOT NULL,
  server text,
  written_by xid
);

-- Where the log stands, for whoever holds its line. `accepted_at_ms` is the time of what is stored next.
CREATE TYPE trotline.log_place AS (
  head bigint,
  bytes_through bigint,
  accepted_at_ms double precision,
  trimmed_through bigint,
  trimmed_bytes bigint,
  epoch text
);

CREATE TYPE trotline.new_event AS (
  tenant text,
  id text,
  type text,
  subject text,
  version text,
  occurred_at_ms double precision,
  data bytea,
  request bytea
);

-- The running server and the database, as no other is, also after a restart: positions that were not durable may have
-- been given again since.
CREATE FUNCTION trotline.this_server() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint || ' ' || oid
  FROM pg_database WHERE datname = current_database();
$$;

-- Whether the epoch began in this life of this database: a row that was restored has another `xmin` than it wrote down.
CREATE FUNCTION trotline.has_begun(epoch_id text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM trotline.epochs WHERE id = epoch_id AND server = trotline.this_server() AND written_by = xmin
  );
$$;

-- Begins an epoch after `head`, as `makeEpochId` and `addEpoch` of core/epochs.ts say. The caller has the log's line.
CREATE FUNCTION trotline.begin_epoch(head bigint, now_ms double precision) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  last trotline.epochs;
  seconds bigint := floor(now_ms / 1000);
  new_id text;
  own xid;
BEGIN
  -- A move took the epochs away, and who was at work before finds out here.
  PERFORM trotline.check_not_moving();
  SELECT * INTO last FROM trotline.epochs ORDER BY id DESC LIMIT 1;
  IF last.id IS NOT NULL THEN
    seconds := greatest(seconds, ('x' || lpad(left(last.id, 8), 16, '0'))::bit(64)::bigint + 1);
  END IF;
  new_id := lpad(to_hex(least(seconds, 4294967295)), 8, '0') || lpad(to_hex(floor(random() * 65536)::integer), 4, '0');
  IF last.after_position = head AND (SELECT count(*) FROM trotline.epochs) > 1 THEN
    DELETE FROM trotline.epochs WHERE id = last.id;
  END IF;
  -- Twice, because what wrote a row is known afterwards, and differs from the transaction's number in a part of one.
  INSERT INTO trotline.epochs (id, after_position) VALUES (new_id, head) RETURNING xmin INTO own;
  DELETE FROM trotline.epochs WHERE id = new_id;
  INSERT INTO trotline.epochs (id, after_position, server, written_by)
  VALUES (new_id, head, trotline.this_server(), own);
  DELETE FROM trotline.epochs
  WHERE id <= (SELECT id FROM trotline.epochs ORDER BY id DESC OFFSET 1000 LIMIT 1);
  RETURN new_id;
END $$;

-- Takes the log's line until the end of the transaction, and answers where the log stands. Two locks: the first is
-- fair to those who wait, the second also serves where the first does not lock. Each statement below sees what was
-- committed before the line was free. `known_head` is a position that the caller knows the log to have reached, 0
-- where none; an answer without a head says that the log went back behind it.
CREATE FUNCTION trotline.lock_log(known_head bigint, now_ms double precision) RETURNS trotline.log_place
LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' AS $$
DECLARE
  state trotline.log_state;
  place trotline.log_place;
BEGIN
  PERFORM pg_advisory_xact_lock(8390891601570393701);
  SELECT * INTO state FROM trotline.log_state FOR UPDATE;
  -- As text, so that it is planned with the position: partitions before it are not even opened.
  EXECUTE 'SELECT position, bytes_through, accepted_at_ms FROM trotline.events
           WHERE position > $1 ORDER BY position DESC LIMIT 1'
  INTO place.head, place.bytes_through, place.accepted_at_ms
  USING greatest(known_head - 1, state.trimmed_through);
  IF place.head IS NULL THEN
    IF known_head > state.trimmed_through THEN RETURN NULL; END IF;
    place.head := state.trimmed_through;
    place.bytes_through := state.trimmed_bytes;
    place.accepted_at_ms := state.trimmed_accepted_at_ms;
  END IF;
  -- Whose clock is ahead must not be what all times begin from.
  place.accepted_at_ms := greatest(place.accepted_at_ms, trotline.not_ahead(now_ms, now_ms));
  place.trimmed_through := state.trimmed_through;
  place.trimmed_bytes := state.trimmed_bytes;
  SELECT id INTO place.epoch FROM trotline.epochs ORDER BY id DESC LIMIT 1;
  IF place.epoch IS NULL OR NOT trotline.has_begun(place.epoch) THEN
    place.epoch := trotline.begin_epoch(place.head, now_ms);
  END IF;
  RETURN place;
END $$;

-- Makes a partition. Made and then attached, so that readers and writers of the others go on; made as a partition at
-- once, it would lock all of them out (https://www.postgresql.org/docs/current/sql-altertable.html, ATTACH PARTITION).
CREATE FUNCTION trotline.add_partition(parent_name text, first_number bigint, last_number bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  name text := parent_name || '_' || first_number;
BEGIN
  EXECUTE format('CREATE TABLE trotline.%I (LIKE trotline.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
    name, parent_name);
  EXECUTE format('ALTER TABLE trotline.%I ATTACH PARTITION trotline.%I FOR VALUES FROM (%s) TO (%s)',
    parent_name, name, first_number, last_number + 1);
  INSERT INTO trotline.partitions VALUES (parent_name, first_number, last_number);
END $$;

-- Removes the oldest partition, where all of it is at or below `through`. True where it did. Waits a moment only, since
-- whoever comes after it waits behind it: another time will do.
CREATE FUNCTION trotline.drop_partition(parent_name text, through bigint) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '20ms' AS $$
DECLARE
  oldest trotline.partitions;
BEGIN
  SELECT * INTO oldest FROM trotline.partitions WHERE parent = parent_name ORDER BY first LIMIT 1;
  IF oldest.last IS NULL OR oldest.last > through THEN RETURN false; END IF;
  EXECUTE format('LOCK TABLE trotline.%I IN ACCESS EXCLUSIVE MODE', parent_name);
  EXECUTE format('DROP TABLE IF EXISTS trotline.%I', parent_name || '_' || oldest.first);
  DELETE FROM trotline.partitions WHERE parent = parent_name AND first = oldest.first;
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END $$;

CREATE FUNCTION trotline.partitions_end(parent_name text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT last FROM trotline.partitions WHERE parent = parent_name ORDER BY first DESC LIMIT 1;
$$;

-- Provides for positions from `first_needed` to `last_needed` in a table whose partitions have `size` of them, and for
-- some more before they are needed.
CREATE FUNCTION trotline.provide_partitions(parent_name text, needed int8range, size bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  has_through bigint := coalesce(trotline.partitions_end(parent_name), lower(needed) - 1);
BEGIN
  WHILE has_through < upper(needed) - 1 LOOP
    PERFORM trotline.add_partition(parent_name, has_through + 1, has_through + size);
    has_through := has_through + size;
  END LOOP;
  IF has_through - upper(needed) >= size / 2 THEN RETURN; END IF;
  DECLARE
    timeout text := current_setting('lock_timeout');
  BEGIN
    PERFORM set_config('lock_timeout', '1ms', true);
    PERFORM trotline.add_partition(parent_name, has_through + 1, has_through + size);
    PERFORM set_config('lock_timeout', timeout, true);
  EXCEPTION WHEN lock_not_available THEN
    -- Somebody has the table for long. There is room yet, and whoever appends next tries again.
    NULL;
  END;
END $$;

-- Stores events after the last. The caller has the log's line, and knows their ids to be unknown.
CREATE FUNCTION trotline.put_events(place trotline.log_place, added trotline.new_event[]) RETURNS trotline.log_place
LANGUAGE plpgsql AS $$
DECLARE
  total bigint := cardinality(added);
  size bigint;
BEGIN
  IF total = 0 THEN RETURN place; END IF;
  SELECT partition_positions INTO size FROM trotline.log_state;
  PERFORM trotline.provide_partitions('events', int8range(place.head + 1, place.head + total + 1), size);
  PERFORM trotline.provide_partitions('event_ids', int8range(place.head + 1, place.head + total + 1),
    greatest(size, (place.head - place.trimmed_through) / 2));
  INSERT INTO trotline.event_ids (position, tenant, id)
  SELECT place.head + n, tenant, id FROM unnest(added)
  WITH ORDINALITY AS event (tenant, id, type, subject, version, occurred_at_ms, data, request, n);
  WITH stored AS (
    INSERT INTO trotline.events
      (position, accepted_at_ms, occurred_at_ms, bytes_through, tenant, id, type, subject, version, data, request)
    SELECT place.head + n, place.accepted_at_ms, occurred_at_ms,
      place.bytes_through
        + sum(octet_length(data) + coalesce(octet_length(request), 0)) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING),
      tenant, id, type, subject, version, data, request
    FROM unnest(added)
    WITH ORDINALITY AS event (tenant, id, type, subject, version, occurred_at_ms, data, request, n)
    RETURNING bytes_through
  )
  SELECT max(bytes_through) INTO place.bytes_through FROM stored;
  place.head := place.head + total;
  RETURN place;
END $$;

-- Which of the given ids the log has: the number of each among those given, and the position of its event. The
-- settings keep the planner to the indexes: it plans while a partition is empty, and would read it whole later.
CREATE FUNCTION trotline.known_ids(tenants text[], ids text[], trimmed_through bigint)
RETURNS TABLE (at bigint, known_position bigint)
LANGUAGE plpgsql STABLE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
BEGIN
  RETURN QUERY
  SELECT given.n, known.position
  FROM unnest(tenants, ids) WITH ORDINALITY AS given (tenant, id, n)
  JOIN trotline.event_ids AS known ON known.tenant = given.tenant AND known.id = given.id
  WHERE known.position > trimmed_through;
END $$;

-- The events of which `known_ids` told, as JSON: what there is to compare, without their data.
CREATE FUNCTION trotline.known_events(numbers bigint[], positions bigint[]) RETURNS text LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
BEGIN
  RETURN (
    SELECT json_agg(json_build_object(
      'at', known.at - 1, 'position', position, 'type', type, 'subject', subject, 'version', version,
      'occurredAtMs', occurred_at_ms, 'isReceived', request IS NOT NULL,
      'digest', CASE WHEN request IS NULL THEN encode(sha256(data), 'hex') END))
    FROM unnest(numbers, positions) AS known (at, known_position)
    JOIN trotline.events ON position = known_position
  );
END $$;
