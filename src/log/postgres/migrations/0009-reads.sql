-- Purpose: reading the log.
-- Parameters: none. Result: none.
--
-- Statements are texts here, so that each is planned with its positions and for the partitions as they are: a plan
-- that was made while a partition was empty would read all of it later.

-- A page of events beyond `low` and up to `high`, forward or backward, of one tenant where `of_tenant` is not null. No
-- more is read when the events before have more than `bytes_max` bytes: what is read last may be one too many.
CREATE FUNCTION trotline.read_events(
  low bigint, high bigint, rows_max bigint, bytes_max bigint, is_backward boolean, of_tenant text
) RETURNS SETOF trotline.events LANGUAGE plpgsql STABLE ROWS 1000 AS $$
DECLARE
  direction text := CASE WHEN is_backward THEN 'DESC' ELSE 'ASC' END;
  condition text := CASE WHEN of_tenant IS NULL THEN '' ELSE 'AND tenant = $5' END;
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT position, accepted_at_ms, occurred_at_ms, bytes_through, tenant, id, type, subject, version, data, request
     FROM (
       SELECT *, sum(octet_length(data) + coalesce(octet_length(request), 0))
         OVER (ORDER BY position %1$s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
       FROM (
         SELECT * FROM trotline.events WHERE position > $1 AND position <= $2 %2$s ORDER BY position %1$s LIMIT $3
       ) AS page
     ) AS measured
     WHERE bytes_before IS NULL OR bytes_before <= $4
     ORDER BY position %1$s',
    direction, condition
  ) USING greatest(low, (SELECT trimmed_through FROM trotline.log_state)), high, rows_max, bytes_max, of_tenant;
END $$;

-- The event of a tenant that has an id, or none.
CREATE FUNCTION trotline.find_event(of_tenant text, wanted_id text) RETURNS SETOF trotline.events
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  RETURN QUERY EXECUTE 'SELECT * FROM trotline.events WHERE position = $1' USING (
    SELECT known_position
    FROM trotline.known_ids(ARRAY[of_tenant], ARRAY[wanted_id], (SELECT trimmed_through FROM trotline.log_state))
  );
END $$;

-- The last position that was accepted before a time; the one before the first that is stored, where none was. Times of
-- acceptance never decrease, so it is found by halving.
CREATE FUNCTION trotline.position_before(time_ms double precision, head bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint;
  high bigint := head + 1;
  middle bigint;
  accepted double precision;
BEGIN
  SELECT trimmed_through + 1 INTO low FROM trotline.log_state;
  WHILE low < high LOOP
    middle := low + (high - low) / 2;
    EXECUTE 'SELECT accepted_at_ms FROM trotline.events WHERE position = $1' INTO accepted USING middle;
    -- An event that is not there left meanwhile: it was older.
    IF accepted >= time_ms THEN high := middle; ELSE low := middle + 1; END IF;
  END LOOP;
  RETURN low - 1;
END $$;
