-- Purpose: one step of the attempts' retention.
-- Parameters: the time before which they had ended, the most attempts.
-- Result: more, left_through, can_drop.
SELECT more, left_through, can_drop FROM trotline.trim_attempts($1, $2);
