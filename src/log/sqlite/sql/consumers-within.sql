-- Purpose: no consumer has acknowledged beyond the last event.
-- Parameters: the last position.
-- Result: none.
UPDATE consumers SET document = json_set(document, '$.position', ?1)
WHERE json_extract(document, '$.position') > ?1;
