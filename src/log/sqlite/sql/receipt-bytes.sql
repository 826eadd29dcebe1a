-- Purpose: how much the receipts take.
-- Parameters: none.
-- Result: bytes of all their requests.
SELECT total FROM receipt_bytes;
