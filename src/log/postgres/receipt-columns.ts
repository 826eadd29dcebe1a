/** Receipts as `trotline.note_receipts` takes them, and as statements answer them. */
import type { Receipt } from "../../core/source.ts";
import type { Row } from "./database.ts";
import { storableText } from "./storable-text.ts";

/** The rows as JSON; the requests apart and one behind the other, since JSON has no bytes. */
export function notedReceipts(receipts: readonly Receipt[]): { rows: string; requests: Uint8Array } {
  const rows = receipts.map((receipt) => ({
    id: receipt.id,
    source: receipt.sourceNumber,
    outcome: receipt.outcome,
    code: receipt.code,
    detail: storable(receipt.detail),
    event_id: storable(receipt.eventId),
    received_at_ms: receipt.receivedAtMs,
    body_truncated: receipt.bodyTruncated,
    bytes: receipt.request.length,
  }));
  return { rows: JSON.stringify(rows), requests: Buffer.concat(receipts.map(({ request }) => request)) };
}

export const receiptOf = (row: Row): Receipt => ({
  id: row.id as string,
  sourceNumber: row.source as number,
  outcome: row.outcome as Receipt["outcome"],
  code: row.code as Receipt["code"],
  detail: row.detail as string | null,
  eventId: row.event_id as string | null,
  receivedAtMs: row.received_at_ms as number,
  request: row.request as Uint8Array,
  bodyTruncated: row.body_truncated as boolean,
});

const storable = (text: string | null): string | null => (text === null ? null : storableText(text));
