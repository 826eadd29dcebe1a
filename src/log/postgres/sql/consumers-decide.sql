-- Purpose: decides who reads as each of some consumers, and how far, where nobody was first.
-- Parameters: those of trotline.decide_consumers.
-- Result: for each in turn is_taken, what there is now as consumers-find.sql has it, and now_ms.
SELECT * FROM trotline.decide_consumers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
