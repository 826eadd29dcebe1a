-- Purpose: says that the process which took requests works on them still.
-- Parameters: ids, the process, for how many milliseconds it is believed.
-- Result: none.
UPDATE trotline.requests SET held_until = clock_timestamp() + $3::double precision * interval '1 millisecond'
WHERE id = ANY ($1::text[]) AND taker = $2 AND answer IS NULL;
