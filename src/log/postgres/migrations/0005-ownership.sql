-- Purpose: who moves another store here, one process at a time, while nobody works on this one.
-- Parameters: none. Result: none.

-- Its one row is there from the beginning, and is nobody's.
CREATE TABLE trotline.ownership (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Of the last process that took it. Who has a smaller number has lost it.
  fence bigint NOT NULL,
  holder text NOT NULL,
  since timestamptz NOT NULL,
  -- By the clock of the database; `-infinity` where it was given up.
  expires_at timestamptz NOT NULL
);

INSERT INTO trotline.ownership (fence, holder, since, expires_at) VALUES (0, '', clock_timestamp(), '-infinity');

-- Refuses the transaction that it is a part of where the store was taken over. The lock holds off whoever would take it
-- over until the transaction has ended; the row is read by a statement of its own, and so after the lock was had.
CREATE FUNCTION trotline.check_fence(given_fence bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7630254, 2);
  IF NOT EXISTS (SELECT FROM trotline.ownership WHERE fence = given_fence) THEN
    RAISE EXCEPTION 'another process has taken the store over' USING ERRCODE = 'TL001';
  END IF;
END
$$;

-- Takes the store where it is nobody's, and answers the new fence; null where it is somebody's. Whoever had it when the
-- server was started has the time of a lease to come back to it.
CREATE FUNCTION trotline.take_ownership(given_holder text, lease_ms double precision) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  lease interval := make_interval(secs => lease_ms / 1000);
  taken bigint;
BEGIN
  IF NOT trotline.is_free(lease) THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(7630254, 2);
  UPDATE trotline.ownership
  SET fence = fence + 1, holder = given_holder, since = clock_timestamp(), expires_at = clock_timestamp() + lease
  WHERE trotline.is_free(lease)
  RETURNING fence INTO taken;
  RETURN taken;
END
$$;

CREATE FUNCTION trotline.is_free(lease interval) RETURNS boolean LANGUAGE sql AS $$
  SELECT expires_at = '-infinity'
    OR (expires_at < clock_timestamp() AND pg_postmaster_start_time() < clock_timestamp() - lease)
  FROM trotline.ownership
$$;

-- Purpose: refuses the transaction that it is a part of, with the state TL004, while a store is being moved here.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.check_not_moving() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  began_at timestamptz;
BEGIN
  SELECT to_timestamp(began_at_ms / 1000) INTO began_at FROM trotline.move WHERE finished_at_ms IS NULL;
  IF FOUND THEN
    RAISE EXCEPTION 'A store is being moved here since %, and not all of it has come.',
      to_char(began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') USING ERRCODE = 'TL004';
  END IF;
END
$$;

-- Purpose: the same, and whoever would begin to move a store here waits for the end of the transaction, to see what it
-- has written. It comes before any other lock.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.refuse_while_moving() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7630254, 3);
  PERFORM trotline.check_not_moving();
END
$$;

-- Purpose: keeps everybody else from writing until the transaction ends: who has noted that he works on the store is
-- seen then, and everything that anybody has written.
-- Parameters: none. Result: none.
CREATE FUNCTION trotline.lock_for_move() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7630254, 3);
  PERFORM pg_advisory_xact_lock(8390891601570393701);
  PERFORM FROM trotline.log_state FOR UPDATE;
END
$$;
