import type { StoredEvent } from "../core/event.ts";
import { Queue } from "./queue.ts";

/** Bytes of built payloads that are kept for the other endpoints of the same event. */
const bytesKeptMax = 2 * 1024 * 1024;

/**
 * The body of a delivery in the `standard` format: `{"id","type","timestamp","subject"?,"version"?,"data"}`.
 * `data` is the publisher's bytes. Built once for each event, however many endpoints it goes to.
 */
export class Payloads {
  readonly #kept = new Map<number, Buffer>();
  /**
   * Positions in the order in which they were kept: the first of a map is found slowly once many before it are gone.
   */
  readonly #order = new Queue<number>();
  #bytes = 0;

  standard(event: StoredEvent): Buffer {
    const kept = this.#kept.get(event.position);
    if (kept !== undefined) return kept;
    const payload = buildStandard(event);
    this.#kept.set(event.position, payload);
    this.#order.push(event.position);
    this.#bytes += payload.length;
    while (this.#bytes > bytesKeptMax && this.#order.length > 1) this.#forgetOldest();
    return payload;
  }

  #forgetOldest(): void {
    const position = this.#order.shift() ?? 0;
    this.#bytes -= this.#kept.get(position)?.length ?? 0;
    this.#kept.delete(position);
  }
}

function buildStandard(event: StoredEvent): Buffer {
  const subject = event.subject === null ? "" : `,"subject":${JSON.stringify(event.subject)}`;
  const version = event.version === null ? "" : `,"version":${JSON.stringify(event.version)}`;
  const timestamp = isoTime(event.occurredAtMs);
  // Ids and types have no character that JSON escapes.
  const head = `{"id":"${event.id}","type":"${event.type}","timestamp":"${timestamp}"${subject}${version},"data":`;
  const headBytes = Buffer.byteLength(head);
  const payload = Buffer.allocUnsafe(headBytes + event.data.length + 1);
  payload.write(head, 0, "utf8");
  payload.set(event.data, headBytes);
  payload[payload.length - 1] = 0x7d;
  return payload;
}

/** A memo of a pure function: events of one batch occurred within the same millisecond. */
let latest = { ms: Number.NaN, text: "" };

function isoTime(ms: number): string {
  if (latest.ms !== ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}
