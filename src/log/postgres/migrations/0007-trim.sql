-- Purpose: retention, one small step at a time.
-- Parameters: none. Result: none.

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
  WHERE position < first_kept ORDER BY position OFFSET rows_max LIMIT 1;
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

-- Removes what is parked for events that have left. Answers how many of each endpoint's deliveries are cancelled by it,
-- as JSON.
CREATE FUNCTION trotline.trim_parked(through bigint) RETURNS text LANGUAGE sql VOLATILE AS $$
  WITH removed AS (
    DELETE FROM trotline.parked WHERE position <= through RETURNING endpoint, state
  ), totals AS (
    SELECT endpoint, count(*) AS total FROM removed WHERE state NOT IN ('exhausted', 'cancelled') GROUP BY endpoint
  )
  SELECT json_agg(json_build_array(endpoint, total) ORDER BY endpoint)::text FROM totals;
$$;
