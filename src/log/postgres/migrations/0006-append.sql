-- Purpose: how a process appends a group of events in one round trip.
-- Parameters: none. Result: none.

-- Stores a whole group or nothing of it. Answers with `outcome`
--   `stored`  all of it: the first event is at `head_before` + 1;
--   `known`   nothing, because the log has some of the ids or keys: `known_events` and `known_keys` say which (JSON);
--   `forked`  nothing, because the log is not the one that the caller knows up to `caller_head` in `caller_epoch`.
-- Events come as arrays, one element for each, and their data and requests as one piece, `bytes`, with the place where
-- each begins and ends; one without a request has -1 for its end. Ids beyond those of events are only looked up.
-- `skips_known`: ids that are known are left out, and the rest is stored. Keys are looked up, and
-- those with `key_items` remembered. A position below 0 counts on from `head_before`.
CREATE FUNCTION trotline.append_events(
  caller_epoch text, caller_head bigint, now_ms double precision, skips_known boolean,
  tenants text[], ids text[], types text[], subjects text[], versions text[], occurred_at_ms double precision[],
  data_starts integer[], data_ends integer[], request_ends integer[], bytes bytea,
  key_scopes text[], key_names text[], key_hashes text[], key_items text[], keys_through_ms double precision,
  redelivered bigint[], redelivered_counts bigint[],
  OUT outcome text, OUT head_before bigint, OUT place trotline.log_place, OUT known_events text, OUT known_keys text
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  added trotline.new_event[];
  known_numbers bigint[];
  known_positions bigint[];
BEGIN
  place := trotline.lock_log(caller_head, now_ms);
  head_before := place.head;
  IF place IS NULL OR EXISTS (
    SELECT FROM trotline.epochs WHERE id > caller_epoch AND after_position < caller_head
  ) THEN
    outcome := 'forked';
    RETURN;
  END IF;
  IF cardinality(ids) > 0 THEN
    SELECT array_agg(at), array_agg(known_position) INTO known_numbers, known_positions
    FROM trotline.known_ids(tenants, ids, place.trimmed_through);
  END IF;
  IF cardinality(key_names) > 0 THEN
    SELECT json_agg(json_build_object('at', given.n - 1, 'bodyHash', encode(body_hash, 'hex'),
      'items', items, 'base', base_position))
    INTO known_keys
    FROM unnest(key_scopes, key_names) WITH ORDINALITY AS given (scope, key, n)
    JOIN trotline.idempotency AS kept ON kept.scope = given.scope AND kept.key = given.key
    WHERE created_at_ms > keys_through_ms;
  END IF;
  IF known_keys IS NOT NULL OR (known_numbers IS NOT NULL AND NOT skips_known) THEN
    outcome := 'known';
    known_events := trotline.known_events(known_numbers, known_positions);
    RETURN;
  END IF;
  added := ARRAY(
    SELECT ROW(given.tenant, given.id, given.type, given.subject, given.version, given.occurred,
      substring(bytes FROM data_start + 1 FOR data_end - data_start),
      CASE WHEN request_end >= data_end THEN substring(bytes FROM data_end + 1 FOR request_end - data_end) END
    )::trotline.new_event
    FROM unnest(tenants, ids, types, subjects, versions, occurred_at_ms, data_starts, data_ends, request_ends)
    WITH ORDINALITY
    AS given (tenant, id, type, subject, version, occurred, data_start, data_end, request_end, n)
    WHERE n <= cardinality(types) AND (known_numbers IS NULL OR n <> ALL (known_numbers))
    ORDER BY n
  );
  place := trotline.put_events(place, added);
  INSERT INTO trotline.idempotency AS kept (scope, key, body_hash, items, base_position, created_at_ms)
  SELECT given.scope, given.key, decode(given.hash, 'hex'), given.items, head_before, now_ms
  FROM unnest(key_scopes, key_names, key_hashes, key_items) AS given (scope, key, hash, items)
  WHERE given.items IS NOT NULL
  ON CONFLICT (scope, key) DO UPDATE SET body_hash = excluded.body_hash, items = excluded.items,
    base_position = excluded.base_position, created_at_ms = excluded.created_at_ms;
  INSERT INTO trotline.redeliveries AS kept (position, count, last_at_ms)
  SELECT CASE WHEN at > 0 THEN at ELSE head_before - at END, times, now_ms
  FROM unnest(redelivered, redelivered_counts) AS given (at, times)
  ON CONFLICT (position) DO UPDATE SET count = kept.count + excluded.count, last_at_ms = excluded.last_at_ms;
  outcome := 'stored';
END $$;

-- Begins an epoch where one is due, and sets the size of partitions to come. Answers where the log stands.
CREATE FUNCTION trotline.open_log(now_ms double precision, size bigint) RETURNS trotline.log_place
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  place trotline.log_place := trotline.lock_log(0, now_ms);
BEGIN
  UPDATE trotline.log_state SET partition_positions = size WHERE partition_positions <> size;
  RETURN place;
END $$;

-- Refuses the transaction that it is a part of, with the state TL002, where the caller does not know the running
-- epoch, or one is due: the log may have gone back, and what is to be written is about events that are there no more.
-- Whoever would begin to move a store here, and takes the epochs away, waits for the end of the transaction.
CREATE FUNCTION trotline.check_epoch(caller_epoch text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7630254, 3);
  IF caller_epoch IS DISTINCT FROM (SELECT max(id) FROM trotline.epochs) OR NOT trotline.has_begun(caller_epoch) THEN
    RAISE EXCEPTION 'the log is not the one that it was' USING ERRCODE = 'TL002';
  END IF;
END $$;
