/** Receipts as JSON. */
import { decodeRequest } from "../core/received-request.ts";
import type { Receipt, Source } from "../core/source.ts";
import type { ReceiptBody, ReceivedRequestBody } from "./schemas/receipt.ts";
import { wireRequest } from "./wire-request.ts";
import { wireTime } from "./wire-time.ts";

const nothing = new Uint8Array(0);

export function wireReceipt(receipt: Receipt, source: Source): ReceiptBody & { request: ReceivedRequestBody } {
  const request = wireRequest(decodeRequest(receipt.request, nothing), source);
  return {
    id: receipt.id,
    source: source.name,
    outcome: receipt.outcome,
    code: receipt.code,
    detail: receipt.detail,
    event_id: receipt.eventId,
    received_at: wireTime(receipt.receivedAtMs),
    method: request.method,
    target: request.target,
    address: request.address,
    request,
  };
}
