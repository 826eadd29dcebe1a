-- Purpose: the attempts' retention, and where times are among them.
-- Parameters: none. Result: none.

-- Purpose: one step of the attempts' retention: moves the mark.
-- Parameters: the time before which attempts had ended that go, the most of them.
-- Result: whether another step has work to do, up to which sequence attempts have left, and whether a partition has
--   nothing left that is kept.
CREATE FUNCTION trotline.trim_attempts(
  older_than_ms double precision, rows_max bigint, OUT more boolean, OUT left_through bigint, OUT can_drop boolean
) LANGUAGE plpgsql AS $$
DECLARE
  mark bigint;
  newest bigint;
  kept bigint;
  stop bigint;
BEGIN
  SELECT through INTO mark FROM trotline.attempts_trimmed FOR UPDATE;
  SELECT sequence INTO newest FROM trotline.dispatch ORDER BY number DESC LIMIT 1;
  stop := least(mark + rows_max, newest);
  SELECT a.sequence INTO kept FROM trotline.attempts a
  WHERE a.sequence > mark AND a.sequence <= stop AND a.ended_at_ms >= older_than_ms
  ORDER BY a.sequence LIMIT 1;
  stop := coalesce(kept - 1, stop);
  IF stop > mark THEN
    UPDATE trotline.attempts_trimmed SET through = stop;
  END IF;
  more := kept IS NULL AND coalesce((
    SELECT a.ended_at_ms < older_than_ms FROM trotline.attempts a
    WHERE a.sequence > stop ORDER BY a.sequence LIMIT 1
  ), false);
  left_through := greatest(stop, mark);
  can_drop := EXISTS (SELECT FROM trotline.partitions WHERE parent = 'attempts' AND last <= left_through);
END $$;

-- Purpose: the first attempt that had ended at a time or later.
-- Parameters: the first sequence to look at, the one after the last, the time.
-- Result: its sequence; the one after the last where there is none.
CREATE FUNCTION trotline.attempt_since(low bigint, beyond bigint, at_ms double precision) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  middle bigint;
  found_attempt record;
BEGIN
  WHILE low < beyond LOOP
    middle := low + (beyond - low) / 2;
    SELECT a.sequence, a.ended_at_ms INTO found_attempt FROM trotline.attempts a
    WHERE a.sequence >= middle AND a.sequence < beyond ORDER BY a.sequence LIMIT 1;
    IF NOT FOUND OR found_attempt.ended_at_ms >= at_ms THEN
      beyond := middle;
    ELSE
      low := found_attempt.sequence + 1;
    END IF;
  END LOOP;
  RETURN low;
END $$;

-- Purpose: which attempts a search has to look at.
-- Parameters: started at or after, before, and the sequence to begin before; each may be null.
-- Result: the first sequence, and the one after the last.
CREATE FUNCTION trotline.attempt_bounds(
  from_ms double precision, before_ms double precision, before_sequence bigint, OUT first bigint, OUT beyond bigint
) LANGUAGE plpgsql AS $$
DECLARE
  lag double precision;
BEGIN
  SELECT sequence + 1, lag_ms INTO beyond, lag FROM trotline.dispatch ORDER BY number DESC LIMIT 1;
  SELECT through + 1 INTO first FROM trotline.attempts_trimmed;
  beyond := least(beyond, before_sequence);
  IF from_ms IS NOT NULL THEN
    first := trotline.attempt_since(first, beyond, from_ms);
  END IF;
  IF before_ms IS NOT NULL THEN
    beyond := trotline.attempt_since(first, beyond, before_ms + lag);
  END IF;
END $$;
