-- Purpose: who has the store, and since when.
-- Parameters: none.
-- Result: holder, since (milliseconds since 1970).
SELECT holder, (extract(epoch FROM since) * 1000)::double precision AS since FROM trotline.ownership;
