-- Purpose: appends a group of events (`trotline.append_events` says how).
-- Parameters: those of `trotline.append_events`.
-- Result: one row: outcome, where the log stood before and stands now, what the log knows already.
SELECT outcome, head_before, (place).*, known_events, known_keys
FROM trotline.append_events(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21
);
