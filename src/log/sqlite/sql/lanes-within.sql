-- Purpose: no lane has read beyond the last event, nor holds any from there.
-- Parameters: the last position.
-- Result: none.
UPDATE lanes SET
  read_position = min(read_position, ?1),
  pending = (SELECT json_group_array(value) FROM json_each(pending) WHERE value <= ?1)
WHERE read_position > ?1;
