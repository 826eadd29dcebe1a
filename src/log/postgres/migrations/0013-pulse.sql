-- Purpose: by what processes learn that there is something to look at.
-- Parameters: none. Result: none.
--
-- A number for each kind of which no table says by itself what the newest is. Nothing but "look again" is read from it,
-- so it is a sequence: who notes waits for nobody, and leaves no version of a row behind, however long somebody's
-- transaction is open. What is noted is seen before its transaction commits. Whoever sees it therefore looks twice, a
-- quarter of a second apart; what takes longer to commit is found when its readers next look of themselves.

CREATE SEQUENCE trotline.pulse_shards;
CREATE SEQUENCE trotline.pulse_requests;
CREATE SEQUENCE trotline.pulse_consumers;

-- Purpose: tells all processes to look at what there is of a kind. To be called in the transaction that changed it, as
--   late as can be; where it is to be heard at once, its process rings when the transaction has ended.
-- Parameters: shards, requests or consumers. What is configured has `trotline.changes`. Result: none.
CREATE FUNCTION trotline.note_pulse(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM nextval(('trotline.pulse_' || kind)::regclass);
END
$$;
