-- Purpose: one step of the attempts' retention.
-- Parameters: the time before which they had ended, the most attempts, and what the process takes for now.
-- Result: more, left_through, can_drop.
SELECT more, left_through, can_drop FROM trotline.trim_attempts(trotline.not_ahead($1, $3), $2);
