/** Which requests of a bin a person asks for, as a selection of the feed. */
import { isShown } from "../core/bin.ts";
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { decodeRequest, type KeptRequest } from "../core/received-request.ts";
import type { Selection } from "../feed/selection.ts";
import type { Bin } from "../registry/bins.ts";
import type { BinRequestQuery } from "./schemas/bin.ts";
import { readTime } from "./wire-time.ts";

type Asked = Pick<BinRequestQuery, "method" | "text" | "from" | "to">;

/** Refuses with `invalid-query`. */
export function binSelection({ id, tenant, bin, updatedAtMs }: Bin, { method, text, from, to }: Asked): Selection {
  const fromMs = timeOf(from, "from");
  const toMs = timeOf(to, "to");
  const wanted = text?.toLowerCase();
  const takesRequest = (request: KeptRequest, note: string): boolean =>
    (method === undefined || request.method === method.toUpperCase()) &&
    (fromMs === null || request.receivedAtMs >= fromMs) &&
    (toMs === null || request.receivedAtMs < toMs) &&
    (wanted === undefined || note.toLowerCase().includes(wanted) || hasText(request, wanted));
  const isAll = [method, text, from, to].every((part) => part === undefined);
  return {
    key: JSON.stringify(["bin", id, updatedAtMs, method, wanted, from, to]),
    tenant,
    takesAll: false,
    takes: (event) =>
      event.request !== null &&
      isShown(bin, event) &&
      (isAll || takesRequest(requestOf(event), bin.notes[event.id] ?? "")),
  };
}

/** Of an event of a bin, which has one. */
export const requestOf = ({ request, data }: StoredEvent): KeptRequest =>
  decodeRequest(request ?? new Uint8Array(0), data);

function hasText({ target, headers, body }: KeptRequest, wanted: string): boolean {
  if (target.toLowerCase().includes(wanted) || decodedText(target).includes(wanted)) return true;
  if (headers.some((part) => part.toLowerCase().includes(wanted))) return true;
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8").toLowerCase().includes(wanted);
}

function decodedText(target: string): string {
  try {
    return decodeURIComponent(target).toLowerCase();
  } catch {
    return "";
  }
}

function timeOf(text: string | undefined, field: string): number | null {
  if (text === undefined) return null;
  const timeMs = readTime(text);
  if (timeMs !== null) return timeMs;
  throw new TrotlineError("invalid-query", `\`${field}\` is no time of RFC 3339.`, { field });
}
