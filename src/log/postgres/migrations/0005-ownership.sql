-- Who works on the store: one process at a time. Its one row is there from the beginning, and is nobody's.
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
