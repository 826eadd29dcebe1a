-- Purpose: marks the store: a move into it is not finished. Epochs of a store that held nothing mean nothing.
-- Parameters: the life of the store that is moved, the time.
-- Result: none.
WITH marked AS (
  INSERT INTO trotline.move (life, began_at_ms) VALUES ($1::text, $2::double precision)
  ON CONFLICT (only_row) DO UPDATE SET
    life = excluded.life, began_at_ms = excluded.began_at_ms, finished_at_ms = NULL
)
DELETE FROM trotline.epochs;
