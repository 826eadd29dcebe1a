-- Purpose: who reads as a consumer and how far, decided by any number of processes.
-- Parameters: none. Result: none.
--
-- `document` has the settings; `position` and `told`, as JSON, stand beside it and hold in place of what it says, so
-- that each can be changed without the other. `lease` is JSON, too; beside it stands until when it lasts, and until
-- when those count that are served under it, by `clock_timestamp()` in milliseconds since 1970. `turn` is another one
-- with each decision: whoever decides says on which he builds. Decisions come by the hundred in a second, and no index
-- has what they change: half of each page is left free for the versions that follow.
ALTER TABLE trotline.consumers
  ADD COLUMN position bigint NOT NULL,
  ADD COLUMN told text,
  ADD COLUMN lease text,
  ADD COLUMN lease_until_ms double precision,
  ADD COLUMN serving_until_ms double precision,
  ADD COLUMN turn bigint NOT NULL DEFAULT 0;
ALTER TABLE trotline.consumers SET (fillfactor = 50);

-- Purpose: the database's time. Parameters: none. Result: milliseconds since 1970.
CREATE FUNCTION trotline.clock_ms() RETURNS double precision LANGUAGE sql VOLATILE AS $$
  SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision;
$$;

-- Purpose: decides who reads as each of some consumers, and how far, where its version and turn are those given. To be
--   given in the order of their keys, so that those who decide at the same time do not wait for each other.
-- Parameters: the newest epoch that is known, as `check_epoch` has it; of each consumer tenant, name, version, turn;
--   its position, told and lease from now on; for how many milliseconds the lease, and what is served under it, lasts
--   (null where that stays); whether other processes are to look.
-- Result: for each in turn whether it was taken, and what there is now; nulls where there is none.
CREATE FUNCTION trotline.decide_consumers(
  epoch text, tenants text[], names text[], versions bigint[], turns bigint[],
  positions bigint[], tolds text[], leases text[], lasts double precision[], serving_lasts double precision[],
  news boolean[]
) RETURNS TABLE (
  is_taken boolean, document text, version bigint, "position" bigint, told text, lease text,
  lease_until_ms double precision, serving_until_ms double precision, turn bigint, now_ms double precision
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM trotline.check_epoch(epoch);
  FOR at IN 1 .. cardinality(tenants) LOOP
    now_ms := trotline.clock_ms();
    UPDATE trotline.consumers AS kept
    SET position = positions[at], told = tolds[at], lease = leases[at], turn = kept.turn + 1,
      lease_until_ms = coalesce(now_ms + lasts[at], kept.lease_until_ms),
      serving_until_ms = coalesce(now_ms + serving_lasts[at], kept.serving_until_ms)
    WHERE kept.tenant = tenants[at] AND kept.name = names[at]
      AND kept.version = versions[at] AND kept.turn = turns[at]
    RETURNING true, kept.document, kept.version, kept.position, kept.told, kept.lease,
      kept.lease_until_ms, kept.serving_until_ms, kept.turn
    INTO is_taken, document, version, "position", told, lease, lease_until_ms, serving_until_ms, turn;
    IF NOT FOUND THEN
      -- Its own statement, so that it sees what was committed while the one before waited.
      SELECT kept.document, kept.version, kept.position, kept.told, kept.lease,
        kept.lease_until_ms, kept.serving_until_ms, kept.turn
      INTO document, version, "position", told, lease, lease_until_ms, serving_until_ms, turn
      FROM trotline.consumers AS kept WHERE kept.tenant = tenants[at] AND kept.name = names[at];
      is_taken := false;
    END IF;
    RETURN NEXT;
  END LOOP;
  IF true = ANY (news) THEN
    PERFORM trotline.note_pulse('consumers');
  END IF;
END
$$;

-- Purpose: makes a consumer, or changes its settings, where its version is the one given. Who reads and how far stays.
-- Parameters: tenant, name, its members as JSON, its position if it is new; the version that is replaced, null where
--   there is to be none; how many the tenant may have.
-- Result: `taken`, `stale` or `full`, and what there is now; nulls where there is none.
CREATE FUNCTION trotline.configure_consumer(
  given_tenant text, given_name text, given_document text, given_position bigint, replaced bigint, consumers_max bigint
) RETURNS TABLE (
  outcome text, document text, version bigint, "position" bigint, told text, lease text,
  lease_until_ms double precision, serving_until_ms double precision, turn bigint, now_ms double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  found_version bigint;
  last bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(1953656692, 4);
  SELECT version INTO found_version FROM trotline.consumers WHERE tenant = given_tenant AND name = given_name;
  IF found_version IS DISTINCT FROM replaced THEN
    outcome := 'stale';
  ELSIF replaced IS NULL
    AND (SELECT count(*) FROM trotline.consumers WHERE tenant = given_tenant) >= consumers_max THEN
    outcome := 'full';
  ELSE
    outcome := 'taken';
    last := trotline.last_change() + 1;
    INSERT INTO trotline.consumers AS kept (tenant, name, document, version, position)
    VALUES (given_tenant, given_name, given_document, last, given_position)
    ON CONFLICT (tenant, name) DO UPDATE SET document = excluded.document, version = excluded.version;
    INSERT INTO trotline.changes VALUES (last, 'consumer', given_tenant || ' ' || given_name, '');
    DELETE FROM trotline.changes WHERE sequence > last - 10001 AND sequence <= last - 10000;
  END IF;
  RETURN QUERY
    SELECT outcome, kept.document, kept.version, kept.position, kept.told, kept.lease,
      kept.lease_until_ms, kept.serving_until_ms, kept.turn, trotline.clock_ms()
    FROM (SELECT) AS one LEFT JOIN trotline.consumers AS kept ON kept.tenant = given_tenant AND kept.name = given_name;
END
$$;
