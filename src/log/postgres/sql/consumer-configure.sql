-- Purpose: makes a consumer, or changes its settings.
-- Parameters: those of trotline.configure_consumer.
-- Result: outcome, what there is now as consumers-find.sql has it, and now_ms.
SELECT * FROM trotline.configure_consumer($1, $2, $3, $4, $5, $6);
