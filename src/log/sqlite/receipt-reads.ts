import type { Receipt } from "../../core/source.ts";
import type { ReceiptQuery } from "../source-store.ts";
import { allRows, firstRow, type prepare, type Row } from "./sql.ts";

type Statement = (name: string) => ReturnType<typeof prepare>;

/** Behind every id. */
const beyondIds = "~";

export function readReceipts(statement: Statement, query: ReceiptQuery): Receipt[] {
  const { sourceNumber, outcome, limit } = query;
  const before = query.before ?? beyondIds;
  const rows =
    outcome === undefined
      ? allRows(statement("receipts-page"), sourceNumber, before, limit)
      : allRows(statement("receipts-page-of-outcome"), sourceNumber, before, limit, outcome);
  return rows.map(receiptOf);
}

export function readReceipt(statement: Statement, id: string): Receipt | null {
  const row = firstRow(statement("receipt-get"), id);
  return row === undefined ? null : receiptOf(row);
}

function receiptOf(row: Row): Receipt {
  const [id, source, outcome, code, detail, eventId, receivedAtMs, cut, request] = row;
  return {
    id: String(id),
    sourceNumber: Number(source),
    outcome: outcome as Receipt["outcome"],
    code: code as Receipt["code"],
    detail: detail as string | null,
    eventId: eventId as string | null,
    receivedAtMs: Number(receivedAtMs),
    request: request as Uint8Array,
    bodyTruncated: cut === 1,
  };
}
