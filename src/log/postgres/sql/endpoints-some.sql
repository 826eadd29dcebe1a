-- Purpose: endpoints by their numbers, with where their lanes are to begin.
-- Parameters: an array of numbers.
-- Result: number, members as JSON, and read_position, which is null where the lane has run to the end of the log.
SELECT endpoint.number, endpoint.document, lane.read_position
FROM trotline.endpoints AS endpoint LEFT JOIN trotline.lanes AS lane ON lane.endpoint = endpoint.number
WHERE endpoint.number = ANY ($1::bigint[]) ORDER BY endpoint.number;
