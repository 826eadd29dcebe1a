-- Purpose: what sources did not take.
-- Parameters: none. Result: none.

-- Ids sort by time.
CREATE TABLE trotline.receipts (
  id text COLLATE "C" PRIMARY KEY,
  source bigint NOT NULL,
  outcome text NOT NULL,
  code text,
  detail text,
  event_id text,
  received_at_ms double precision NOT NULL,
  body_truncated boolean NOT NULL,
  bytes bigint NOT NULL,
  request bytea NOT NULL
);
CREATE INDEX receipts_by_source ON trotline.receipts (source, id, outcome);

-- One row: the bytes of all requests of `receipts`. Who adds or removes receipts holds it until he commits.
CREATE TABLE trotline.receipt_bytes (one_row boolean PRIMARY KEY CHECK (one_row), total bigint NOT NULL);
INSERT INTO trotline.receipt_bytes VALUES (true, 0);

-- Purpose: removes a source and its receipts.
-- Parameters: number. Result: whether there was one.
CREATE FUNCTION trotline.remove_source(number bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  existed boolean;
BEGIN
  PERFORM FROM trotline.receipt_bytes FOR UPDATE;
  DELETE FROM trotline.sources AS source WHERE source.number = $1;
  existed := FOUND;
  WITH gone AS (DELETE FROM trotline.receipts WHERE source = $1 RETURNING bytes)
  UPDATE trotline.receipt_bytes SET total = total - (SELECT coalesce(sum(bytes), 0) FROM gone)
  WHERE EXISTS (SELECT FROM gone);
  RETURN existed;
END
$$;

-- Purpose: adds receipts, and removes the oldest of each of their sources beyond a number of them, and the oldest of
--   all beyond so many bytes. Of sources that are gone, and of ids that are there, it adds nothing.
-- Parameters: a JSON array of objects with the columns' names, `bytes` that of the request; the requests one behind the
--   other; how many of one source; bytes of all.
-- Result: none.
CREATE FUNCTION trotline.note_receipts(noted json, requests bytea, of_source_max bigint, bytes_max bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  kept bigint;
  added bigint;
  removed bigint;
  oldest record;
  doomed text;
BEGIN
  SELECT total INTO kept FROM trotline.receipt_bytes FOR UPDATE;
  WITH given AS (
    SELECT *, sum(bytes) OVER (ORDER BY ordinal) - bytes AS before FROM ROWS FROM (json_to_recordset(noted) AS (
      id text, source bigint, outcome text, code text, detail text, event_id text, received_at_ms double precision,
      body_truncated boolean, bytes bigint
    )) WITH ORDINALITY AS receipt (
      id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, bytes, ordinal
    )
  ), new AS (
    INSERT INTO trotline.receipts
    SELECT id, source, outcome, code, detail, event_id, received_at_ms, body_truncated, bytes,
      substring(requests FROM before::integer + 1 FOR bytes::integer)
    FROM given WHERE source IN (SELECT number FROM trotline.sources)
    ORDER BY ordinal
    ON CONFLICT (id) DO NOTHING
    RETURNING bytes
  ) SELECT coalesce(sum(bytes), 0) INTO added FROM new;
  WITH gone AS (
    DELETE FROM trotline.receipts USING (
      SELECT DISTINCT source AS noted_source FROM json_to_recordset(noted) AS receipt (source bigint)
    ) AS sources
    WHERE source = noted_source AND id <= (
      -- A range, and ordered by both, so that it cannot be read by the index of ids alone.
      SELECT id FROM trotline.receipts WHERE source >= noted_source AND source <= noted_source
      ORDER BY source DESC, id DESC OFFSET of_source_max LIMIT 1
    )
    RETURNING bytes
  ) SELECT coalesce(sum(bytes), 0) INTO removed FROM gone;
  kept := kept + added - removed;
  IF kept > bytes_max THEN
    FOR oldest IN SELECT id, bytes FROM trotline.receipts ORDER BY id LOOP
      doomed := oldest.id;
      kept := kept - oldest.bytes;
      EXIT WHEN kept <= bytes_max;
    END LOOP;
    DELETE FROM trotline.receipts WHERE id <= doomed;
  END IF;
  UPDATE trotline.receipt_bytes SET total = kept WHERE total <> kept;
END
$$;

-- Purpose: removes old receipts, looking at so many of the oldest.
-- Parameters: the time before which they came, how many to look at. Result: how many were removed.
CREATE FUNCTION trotline.trim_receipts(older_than_ms double precision, rows_max bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  removed bigint;
  freed bigint;
BEGIN
  PERFORM FROM trotline.receipt_bytes FOR UPDATE;
  WITH gone AS (
    DELETE FROM trotline.receipts WHERE received_at_ms < older_than_ms AND id <= (
      SELECT max(id) FROM (SELECT id FROM trotline.receipts ORDER BY id LIMIT rows_max) AS looked_at
    )
    RETURNING bytes
  ) SELECT count(*), coalesce(sum(bytes), 0) INTO removed, freed FROM gone;
  UPDATE trotline.receipt_bytes SET total = total - freed WHERE freed > 0;
  RETURN removed;
END
$$;
