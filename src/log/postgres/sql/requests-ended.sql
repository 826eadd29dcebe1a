-- Purpose: removes the requests of a process that have ended, and those that nobody can be waiting for any more. Whether
--   one was taken is settled by this: what is removed is never taken.
-- Parameters: the process that asked; how many milliseconds after its end a request of any process is removed.
-- Result: of those of the process: id, whether nobody took it, the answer.
WITH ended AS (
  DELETE FROM trotline.requests
  WHERE ends_at + $2::double precision * interval '1 millisecond' <= clock_timestamp() OR (
    asker = $1 AND (
      answer IS NOT NULL
      OR CASE WHEN taker IS NULL THEN take_before ELSE least(held_until, ends_at) END <= clock_timestamp()
    )
  )
  RETURNING id, asker, taker IS NULL AS is_untaken, answer
)
SELECT id, is_untaken, answer FROM ended WHERE asker = $1;
