-- Purpose: what happened to deliveries: attempts, lanes' records and parked rows.
-- Parameters: none. Result: none.

-- One row: `sequence` is the last attempt's and `ended_at_ms` when it had ended, which never decreases; `lag_ms` is the
-- most that this was ever beyond the start.
-- It is not updated, but each batch puts another row with the next number in its place. While somebody's transaction is
-- open, nobody may remove versions of rows; those of one key would all be looked at, but none with a lower number is.
CREATE TABLE trotline.dispatch (
  number bigint PRIMARY KEY,
  sequence bigint NOT NULL,
  ended_at_ms double precision NOT NULL,
  lag_ms double precision NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO trotline.dispatch VALUES (0, 0, '-Infinity', 0);

-- At most one row for a lane, which each batch replaces, for the same reason; `number` is that of `dispatch`. A lane
-- without a row, or one that is neither behind nor unwell, is where its shard is; rows of these go when the shard is
-- loaded.
-- `pending` is a JSON array of positions, `health` a JSON object.
CREATE TABLE trotline.lanes (
  endpoint bigint NOT NULL,
  number bigint NOT NULL DEFAULT 0,
  read_position bigint NOT NULL,
  behind boolean NOT NULL,
  pending text NOT NULL,
  health text,
  PRIMARY KEY (endpoint, number)
) WITH (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 2000);

-- `key` is that of core/lane-key.ts, where one below -1 stands for a delivery that lost its place; -1 where the
-- endpoint's deliveries were not ordered when the row was written. States are those of core/delivery.ts.
-- What is written for an endpoint is preceded by `trotline.was_deleted`, which keeps it from being deleted meanwhile.
CREATE TABLE trotline.parked (
  endpoint bigint NOT NULL,
  position bigint NOT NULL,
  due_at_ms double precision NOT NULL,
  key bigint NOT NULL,
  attempts integer NOT NULL,
  step integer NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (endpoint, position)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX parked_due ON trotline.parked (endpoint, due_at_ms, position) WHERE state IN ('sending', 'retrying');
CREATE INDEX parked_exhausted ON trotline.parked (endpoint, due_at_ms, position)
  WHERE state IN ('exhausted', 'blocked');
CREATE INDEX parked_by_event ON trotline.parked (position);
-- Every row that is not settled: what is counted, and what is asked for by key.
CREATE INDEX parked_by_key ON trotline.parked (endpoint, key, position)
  WHERE state NOT IN ('exhausted', 'cancelled');

-- `trigger` and `error_class` are numbers of src/log/attempt-codes.ts. `tenant` is the event's where it is another than
-- `default`: who has one tenant pays for no index of it. `ended_at_ms` never decreases, so times are found by halving.
CREATE TABLE trotline.attempts (
  sequence bigint NOT NULL,
  endpoint bigint NOT NULL,
  position bigint NOT NULL,
  started_at_ms double precision NOT NULL,
  duration_ms double precision NOT NULL,
  ended_at_ms double precision NOT NULL,
  number integer NOT NULL,
  status integer,
  trigger smallint NOT NULL,
  error_class smallint,
  response_truncated boolean NOT NULL,
  retry_after_ms double precision,
  tenant text COLLATE "C",
  error_detail text,
  response_body bytea,
  PRIMARY KEY (sequence)
) PARTITION BY RANGE (sequence);
CREATE INDEX attempts_by_endpoint ON trotline.attempts (endpoint, sequence);
CREATE INDEX attempts_by_event ON trotline.attempts (position, endpoint);
CREATE INDEX attempts_failed ON trotline.attempts (sequence) WHERE error_class IS NOT NULL;
CREATE INDEX attempts_failed_by_endpoint ON trotline.attempts (endpoint, sequence) WHERE error_class IS NOT NULL;
CREATE INDEX attempts_by_tenant ON trotline.attempts (tenant, sequence) WHERE tenant IS NOT NULL;

-- One row: attempts up to `through` have left, though their rows may be there until their partition is dropped.
CREATE TABLE trotline.attempts_trimmed (only_row boolean PRIMARY KEY CHECK (only_row), through bigint NOT NULL);
INSERT INTO trotline.attempts_trimmed VALUES (true, 0);

-- Purpose: takes the journal's lock, until the transaction ends.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.lock_journal() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1953656692, 2);
END $$;

-- Purpose: takes the journal's lock and notes what this share of a batch is.
-- Parameters: who writes the batch (`trotline.note_batch`); how many attempts there are, when the first of them started
-- and the last had ended; how many a partition has.
-- Result: the last sequence before these, when that attempt had ended, and the number of `dispatch`.
CREATE FUNCTION trotline.begin_batch(
  writer text, generation bigint, batch bigint, running_at bigint,
  d_shard integer[], d_fence bigint[], d_position bigint[], d_running boolean[],
  total bigint, first_started_at_ms double precision, last_ended_at_ms double precision, size bigint,
  OUT sequence_before bigint, OUT ended_before double precision, OUT now_number bigint
) LANGUAGE plpgsql AS $$
DECLARE
  last trotline.dispatch;
BEGIN
  PERFORM trotline.lock_journal();
  PERFORM trotline.note_batch(writer, generation, batch, running_at, d_shard, d_fence, d_position, d_running);
  SELECT * INTO STRICT last FROM trotline.dispatch ORDER BY number DESC LIMIT 1;
  sequence_before := last.sequence;
  ended_before := last.ended_at_ms;
  now_number := last.number + 1;
  DELETE FROM trotline.dispatch WHERE number = last.number;
  INSERT INTO trotline.dispatch VALUES (
    now_number, sequence_before + total, greatest(ended_before, last_ended_at_ms),
    greatest(last.lag_ms, greatest(ended_before, last_ended_at_ms) - first_started_at_ms)
  );
  IF total > 0 THEN
    PERFORM trotline.provide_partitions(
      'attempts', int8range(sequence_before + 1, sequence_before + total + 1), size
    );
  END IF;
END $$;

-- Purpose: one statement's share of a batch. What comes for an endpoint that was deleted leaves nothing but its
-- attempts. Rows are changed before those changes that concern many at once.
-- Parameters: the newest epoch that is known (`trotline.check_epoch`), null where it was checked already; of the batch
-- (`trotline.begin_batch`), its shards in the first share only; attempts; lanes' records;
-- parked rows, with a null state where the row goes; changes of all rows of an endpoint, by the names of
-- `ParkedChange`. An attempt's answer ends at `a_body_end` of `bodies`. Its statements are planned once, maybe while tables are
-- empty: they must use indexes.
-- Result: none.
CREATE FUNCTION trotline.write_batch(
  epoch text, writer text, generation bigint, batch bigint, running_at bigint, size bigint,
  d_shard integer[], d_fence bigint[], d_position bigint[], d_running boolean[],
  a_endpoint bigint[], a_position bigint[], a_number integer[], a_trigger smallint[],
  a_started double precision[], a_duration double precision[], a_ended double precision[],
  a_status integer[], a_error smallint[], a_detail text[], a_retry double precision[], a_truncated boolean[],
  a_body_end integer[], bodies bytea,
  l_endpoint bigint[], l_read bigint[], l_behind boolean[], l_pending text[], l_health text[],
  r_endpoint bigint[], r_position bigint[], r_state text[], r_attempts integer[], r_step integer[],
  r_due double precision[], r_key bigint[],
  m_endpoint bigint[], m_change text[], m_position bigint[],
  m_since double precision[], m_due double precision[], m_ordered boolean[]
) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  total integer := cardinality(a_endpoint);
  started double precision := (SELECT min(at) FROM unnest(a_started) at);
  place record;
  gone bigint[];
BEGIN
  IF epoch IS NOT NULL THEN
    PERFORM trotline.check_epoch(epoch);
  END IF;
  place := trotline.begin_batch(
    writer, generation, batch, running_at, d_shard, d_fence, d_position, d_running,
    total, started, a_ended[total], size
  );
  IF total > 0 THEN
    INSERT INTO trotline.attempts
    SELECT place.sequence_before + a.nth, a.endpoint, a.position, a.started, a.duration,
      greatest(place.ended_before, a.ended), a.number, a.status, a.trigger, a.error, a.truncated, a.retry,
      (SELECT nullif(e.tenant, 'default') FROM trotline.events e WHERE e.position = a.position),
      a.detail,
      CASE WHEN a.body_end > a.body_start
        THEN substring(bodies FROM a.body_start + 1 FOR a.body_end - a.body_start) END
    FROM unnest(
      a_endpoint, a_position, a_number, a_trigger, a_started, a_duration, a_ended,
      a_status, a_error, a_detail, a_retry, a_truncated, a_body_end, 0 || a_body_end
    ) WITH ORDINALITY AS a(
      endpoint, position, number, trigger, started, duration, ended,
      status, error, detail, retry, truncated, body_end, body_start, nth
    )
    WHERE a.nth <= total;
  END IF;

  gone := ARRAY(
    SELECT endpoint FROM (SELECT DISTINCT unnest(l_endpoint || r_endpoint || m_endpoint)) AS given(endpoint)
    WHERE trotline.was_deleted(endpoint)
  );
  IF cardinality(r_endpoint) > 0 THEN
    PERFORM trotline.write_rows(gone, r_endpoint, r_position, r_state, r_attempts, r_step, r_due, r_key);
  END IF;
  IF cardinality(m_endpoint) > 0 THEN
    PERFORM trotline.change_rows(gone, m_endpoint, m_change, m_position, m_since, m_due, m_ordered);
  END IF;
  IF cardinality(l_endpoint) > 0 THEN
    PERFORM trotline.write_lanes(gone, place.now_number, l_endpoint, l_read, l_behind, l_pending, l_health);
  END IF;
END $$;

-- Purpose: puts and removes parked rows.
-- Parameters: endpoints that were deleted; those of `trotline.write_batch`.
-- Result: none.
CREATE FUNCTION trotline.write_rows(
  gone bigint[],
  r_endpoint bigint[], r_position bigint[], r_state text[], r_attempts integer[], r_step integer[],
  r_due double precision[], r_key bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO trotline.parked (endpoint, position, state, attempts, step, due_at_ms, key)
  SELECT r.endpoint, r.position, r.state, r.attempts, r.step, r.due, r.key
  FROM unnest(r_endpoint, r_position, r_state, r_attempts, r_step, r_due, r_key)
    AS r(endpoint, position, state, attempts, step, due, key)
  WHERE r.state IS NOT NULL AND r.endpoint <> ALL (gone)
  ON CONFLICT (endpoint, position) DO UPDATE SET
    state = excluded.state, attempts = excluded.attempts, step = excluded.step, due_at_ms = excluded.due_at_ms,
    key = excluded.key;
  IF array_position(r_state, NULL) IS NOT NULL THEN
    DELETE FROM trotline.parked p
    USING unnest(r_endpoint, r_position, r_state) AS r(endpoint, position, state)
    WHERE r.state IS NULL AND p.endpoint = r.endpoint AND p.position = r.position AND r.endpoint <> ALL (gone);
  END IF;
END $$;

-- Purpose: changes all rows of endpoints, at most one change for each endpoint.
-- Parameters: endpoints that were deleted; those of `trotline.write_batch`.
-- Result: none.
CREATE FUNCTION trotline.change_rows(
  gone bigint[],
  m_endpoint bigint[], m_change text[], m_position bigint[],
  m_since double precision[], m_due double precision[], m_ordered boolean[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  m record;
BEGIN
  FOR m IN
    SELECT * FROM unnest(m_endpoint, m_change, m_position, m_since, m_due, m_ordered)
      AS given(endpoint, change, beyond, since, due, ordered)
    WHERE given.endpoint <> ALL (gone)
  LOOP
    CASE m.change
      WHEN 'cancelAll' THEN
        DELETE FROM trotline.parked WHERE endpoint = m.endpoint;
      WHEN 'cancelBeyond' THEN
        DELETE FROM trotline.parked WHERE endpoint = m.endpoint AND position > m.beyond;
      WHEN 'revive' THEN
        -- Where order counts, what was blocked is held until its turn, and what was not has the key of those that lost
        -- their place (looseKey in core/lane-key.ts).
        UPDATE trotline.parked SET
          state = CASE WHEN m.ordered AND state = 'blocked' THEN 'held' ELSE 'retrying' END,
          key = CASE WHEN m.ordered AND state = 'exhausted' AND key > 0 THEN -1 - key ELSE key END,
          step = 0,
          due_at_ms = m.due
        WHERE endpoint = m.endpoint AND state IN ('exhausted', 'blocked') AND due_at_ms >= m.since;
      WHEN 'holdAll' THEN
        -- 1 is strictKey, and -1 unknownKey, of core/lane-key.ts.
        UPDATE trotline.parked SET state = 'held', key = 1
        WHERE endpoint = m.endpoint AND state NOT IN ('exhausted', 'cancelled');
      WHEN 'releaseAll', 'unblockAll' THEN
        IF m.change = 'releaseAll' THEN
          UPDATE trotline.parked SET state = 'retrying', key = -1
          WHERE endpoint = m.endpoint AND state NOT IN ('exhausted', 'cancelled') AND state = 'held';
        END IF;
        UPDATE trotline.parked SET state = 'exhausted'
        WHERE endpoint = m.endpoint AND state IN ('exhausted', 'blocked') AND state = 'blocked';
    END CASE;
  END LOOP;
END $$;

-- Purpose: puts the records of lanes in the place of those that they have.
-- Parameters: endpoints that were deleted; the number of `dispatch`; those of `trotline.write_batch`.
-- Result: none.
CREATE FUNCTION trotline.write_lanes(
  gone bigint[], now_number bigint,
  l_endpoint bigint[], l_read bigint[], l_behind boolean[], l_pending text[], l_health text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM trotline.lanes
  USING (
    SELECT l.endpoint, (
      SELECT newest.number FROM trotline.lanes newest WHERE newest.endpoint = l.endpoint
      ORDER BY newest.number DESC LIMIT 1
    ) AS number
    FROM unnest(l_endpoint) AS l(endpoint)
  ) AS last
  WHERE lanes.endpoint = last.endpoint AND lanes.number = last.number;
  INSERT INTO trotline.lanes (endpoint, number, read_position, behind, pending, health)
  SELECT l.endpoint, now_number, l.read, l.behind, l.pending, l.health
  FROM unnest(l_endpoint, l_read, l_behind, l_pending, l_health) AS l(endpoint, read, behind, pending, health)
  WHERE l.endpoint <> ALL (gone);
END $$;
