-- Purpose: retention, one small step at a time.
-- Parameters: none. Result: none.

-- Purpose: a time before which something is to leave, where the clock of the process that says so is ahead: for all who
--   share the store what has to be old is no older than by the clock of the database.
-- Parameters: the time, and what the process takes for now. Result: the time, or an earlier one.
CREATE FUNCTION trotline.not_ahead(at_ms double precision, now_ms double precision) RETURNS double precision
LANGUAGE sql VOLATILE AS $$
  SELECT $1 - greatest(0, $2 - extract(epoch FROM clock_timestamp()) * 1000);
$$;

-- Moves the mark up to which events have left, by `rows_max` positions at most, and forgets what else is kept of them.
-- What is parked for them goes in another transaction (`trim_parked`): this one must not wait for the journal's. Who
-- appends waits for it: planned once, for any values, it would read all keys at each step, so it is kept to the indexes.
CREATE FUNCTION trotline.trim_events(
  older_than_ms double precision, bytes_max bigint, rows_max bigint, keys_through_ms double precision,
  OUT trimmed_before bigint, OUT state trotline.log_state, OUT bytes_through bigint, OUT more boolean,
  OUT can_drop boolean
) LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  head bigint;
  first_kept bigint;
  high bigint;
  middle bigint;
  parked_beyond bigint;
  oldest_key_ms double precision;
  gone record;
BEGIN
  SELECT * INTO state FROM trotline.log_state;
  EXECUTE 'SELECT position, bytes_through FROM trotline.events WHERE position > $1 ORDER BY position DESC LIMIT 1'
  INTO head, bytes_through USING state.trimmed_through;
  head := coalesce(head, state.trimmed_through);
  bytes_through := coalesce(bytes_through, state.trimmed_bytes);
  first_kept := state.trimmed_through + 1;
  high := least(head, state.trimmed_through + rows_max) + 1;
  WHILE first_kept < high LOOP
    middle := first_kept + (high - first_kept) / 2;
    IF trotline.is_due(middle, older_than_ms, bytes_through - bytes_max) THEN
      first_kept := middle + 1;
    ELSE
      high := middle;
    END IF;
  END LOOP;
  -- No more parked rows than events, and yet one event where one is due.
  SELECT position INTO parked_beyond FROM trotline.parked
  WHERE position < first_kept AND position > state.trimmed_through ORDER BY position OFFSET rows_max LIMIT 1;
  IF FOUND THEN
    first_kept := least(first_kept, greatest(state.trimmed_through + 2, parked_beyond));
  END IF;
  SELECT * INTO state FROM trotline.log_state FOR UPDATE;
  trimmed_before := state.trimmed_through;
  IF first_kept - 1 > state.trimmed_through THEN
    EXECUTE 'SELECT bytes_through, accepted_at_ms FROM trotline.events WHERE position = $1' INTO gone
    USING first_kept - 1;
    UPDATE trotline.log_state SET trimmed_through = first_kept - 1, trimmed_bytes = gone.bytes_through,
      trimmed_accepted_at_ms = gone.accepted_at_ms
    RETURNING * INTO state;
    DELETE FROM trotline.redeliveries WHERE position < first_kept;
  END IF;
  DELETE FROM trotline.idempotency WHERE (scope, key) IN (
    SELECT scope, key FROM trotline.idempotency WHERE created_at_ms <= keys_through_ms
    ORDER BY created_at_ms LIMIT rows_max
  );
  SELECT created_at_ms INTO oldest_key_ms FROM trotline.idempotency ORDER BY created_at_ms LIMIT 1;
  more := coalesce(oldest_key_ms <= keys_through_ms, false)
    OR (first_kept <= head AND trotline.is_due(first_kept, older_than_ms, bytes_through - bytes_max));
  can_drop := EXISTS (
    SELECT FROM trotline.partitions WHERE parent IN ('events', 'event_ids') AND last <= state.trimmed_through
  );
END $$;

-- Whether an event is to leave: it is old, or it ends at or below `due_bytes` of all bytes that were ever stored. Later
-- events are accepted later and end later: once it is false it stays so.
CREATE FUNCTION trotline.is_due(at bigint, older_than_ms double precision, due_bytes bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  event record;
BEGIN
  EXECUTE 'SELECT accepted_at_ms,
             bytes_through - octet_length(data) - coalesce(octet_length(request), 0) AS bytes_before
           FROM trotline.events WHERE position = $1' INTO event USING at;
  -- One that is not there left by another's step.
  IF event.accepted_at_ms IS NULL THEN RETURN true; END IF;
  RETURN event.accepted_at_ms < older_than_ms OR coalesce(event.bytes_before < due_bytes, false);
END $$;

-- Purpose: removes what is parked for events that have left. Of a shard that another process has by now, nothing: that
--   process does it, and tells its lanes.
-- Parameters: up to which position they have left; the most rows; shards and their fences, null for all there are.
-- Result: how many of each endpoint's deliveries are cancelled by it, as JSON, and whether there may be more.
CREATE FUNCTION trotline.trim_parked(
  through bigint, rows_max bigint, held_shards integer[], held_fences bigint[], OUT cancelled text, OUT more boolean
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  still_held integer[];
  total bigint;
BEGIN
  PERFORM trotline.lock_journal();
  IF held_shards IS NOT NULL THEN
    PERFORM trotline.keep_fences();
    still_held := ARRAY(
      SELECT s.shard FROM unnest(held_shards, held_fences) AS held(shard, fence)
      JOIN trotline.shards s ON s.shard = held.shard AND s.fence = held.fence
    );
  END IF;
  WITH due AS (
    SELECT endpoint, position FROM trotline.parked
    WHERE position <= through AND (held_shards IS NULL OR trotline.shard_of(endpoint) = ANY (still_held))
    ORDER BY position LIMIT rows_max
  ), removed AS (
    DELETE FROM trotline.parked USING due
    WHERE parked.endpoint = due.endpoint AND parked.position = due.position
    RETURNING parked.endpoint, parked.state
  ), totals AS (
    SELECT endpoint, count(*) AS removed, count(*) FILTER (WHERE state NOT IN ('exhausted', 'cancelled')) AS open
    FROM removed GROUP BY endpoint
  )
  SELECT json_agg(json_build_array(endpoint, open) ORDER BY endpoint) FILTER (WHERE open > 0), coalesce(sum(removed), 0)
  INTO cancelled, total FROM totals;
  more := total >= rows_max;
END $$;
