-- Purpose: what is new in the log, and whether it is the log that it was.
-- Parameters: the last position that is known, the most rows, bytes beyond which no more is read.
-- Result: a row for each event beyond it, and one without an event where there is none; each with what has left, the
--   newest epoch, and the id of the event at the known position.
SELECT state.trimmed_through, state.trimmed_bytes, newest.epoch, known.id AS known_id, event.*
FROM trotline.log_state AS state
CROSS JOIN LATERAL (SELECT max(id) AS epoch FROM trotline.epochs) AS newest
LEFT JOIN LATERAL trotline.read_events($1 - 1, $1, 1, 0, false, NULL) AS known ON true
LEFT JOIN LATERAL trotline.read_events($1, $1 + $2, $2, $3, false, NULL) AS event ON true
ORDER BY event.position;
