-- Purpose: whether there may be something new of any kind.
-- Parameters: none.
-- Result: one row with a number for each kind, another than before where something was noted.
SELECT trotline.last_change() AS configuration,
  (SELECT last_value + is_called::integer FROM trotline.pulse_shards) AS shards,
  (SELECT last_value + is_called::integer FROM trotline.pulse_requests) AS requests,
  (SELECT last_value + is_called::integer FROM trotline.pulse_consumers) AS consumers;
