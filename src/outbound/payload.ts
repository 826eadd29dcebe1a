import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";

/** Payloads that are kept for the other endpoints of the same event: of so many events, */
const keptMax = 512;
/** and none longer than this: signing one costs thirty times what building it again does. */
const keptBytesMax = 4096;

/** What one request carries. */
export interface Content {
  readonly body: Buffer;
  readonly contentType: string;
}

/**
 * The body of a delivery in the `standard` format: `{"id","type","timestamp","subject"?,"version"?,"data"}`.
 * `data` is the publisher's bytes. Built once for each event, however many endpoints it goes to soon.
 */
export class Payloads {
  /**
   * By position, the newest in the place of older ones. Not a `Map`: one that turns over with each delivery leaves
   * tables behind, each of which points to the next, and what was in them outlives the collections of young garbage.
   */
  readonly #kept: ({ readonly position: number; readonly payload: Buffer } | null)[] = new Array(keptMax).fill(null);

  of(_endpoint: Endpoint, event: StoredEvent): Content {
    return { body: this.standard(event), contentType: "application/json" };
  }

  standard(event: StoredEvent): Buffer {
    const { position } = event;
    const kept = this.#kept[position % keptMax] ?? null;
    if (kept?.position === position) return kept.payload;
    const payload = buildStandard(event);
    if (payload.length <= keptBytesMax) this.#kept[position % keptMax] = { position, payload };
    return payload;
  }
}

function buildStandard(event: StoredEvent): Buffer {
  const subject = event.subject === null ? "" : `,"subject":${JSON.stringify(event.subject)}`;
  const version = event.version === null ? "" : `,"version":${JSON.stringify(event.version)}`;
  const timestamp = isoTime(event.occurredAtMs);
  // Ids and types have no character that JSON escapes.
  const head = `{"id":"${event.id}","type":"${event.type}","timestamp":"${timestamp}"${subject}${version},"data":`;
  const headBytes = Buffer.byteLength(head);
  const payload = allocate(headBytes + event.data.length + 1);
  payload.write(head, 0, "utf8");
  payload.set(event.data, headBytes);
  payload[payload.length - 1] = 0x7d;
  return payload;
}

const slabBytes = 64 * 1024;
let slab = Buffer.allocUnsafeSlow(slabBytes);
let slabUsed = 0;

/**
 * As `Buffer.allocUnsafe`, but apart from others: there, what is sent and forgotten would share its memory with data of
 * events that stay for as long as the tail of the log does, and would stay with them.
 */
function allocate(bytes: number): Buffer {
  if (bytes > keptBytesMax) return Buffer.allocUnsafeSlow(bytes);
  if (slabUsed + bytes > slabBytes) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    slabUsed = 0;
  }
  const start = slabUsed;
  slabUsed += bytes;
  return slab.subarray(start, slabUsed);
}

/** A memo of a pure function: events of one batch occurred within the same millisecond. */
let latest = { ms: Number.NaN, text: "" };

function isoTime(ms: number): string {
  if (latest.ms !== ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}
