import type { StoredEvent } from "../core/event.ts";

/** Bytes of built payloads that are kept for the other endpoints of the same event. */
const bytesKeptMax = 8 * 1024 * 1024;

/**
 * The body of a delivery in the `standard` format: `{"id","type","timestamp","subject"?,"version"?,"data"}`.
 * `data` is the publisher's bytes. Built once for each event, however many endpoints it goes to.
 */
export class Payloads {
  readonly #kept = new Map<number, Buffer>();
  #bytes = 0;

  standard(event: StoredEvent): Buffer {
    const kept = this.#kept.get(event.position);
    if (kept !== undefined) return kept;
    const payload = buildStandard(event);
    this.#kept.set(event.position, payload);
    this.#bytes += payload.length;
    for (const [position, oldest] of this.#kept) {
      if (this.#bytes <= bytesKeptMax || position === event.position) break;
      this.#kept.delete(position);
      this.#bytes -= oldest.length;
    }
    return payload;
  }
}

function buildStandard(event: StoredEvent): Buffer {
  const subject = event.subject === null ? "" : `,"subject":${JSON.stringify(event.subject)}`;
  const version = event.version === null ? "" : `,"version":${JSON.stringify(event.version)}`;
  const timestamp = new Date(event.occurredAtMs).toISOString();
  // Ids and types have no character that JSON escapes.
  const head = `{"id":"${event.id}","type":"${event.type}","timestamp":"${timestamp}"${subject}${version},"data":`;
  const headBytes = Buffer.byteLength(head);
  const payload = Buffer.allocUnsafe(headBytes + event.data.length + 1);
  payload.write(head, 0, "utf8");
  payload.set(event.data, headBytes);
  payload[payload.length - 1] = 0x7d;
  return payload;
}
