import type { StoredEvent } from "../../core/event.ts";
import type { Content } from "./content.ts";

/** Payloads that are kept for the other endpoints of the same event: of so many events, */
const keptMax = 512;
/** and none longer than this: signing one costs thirty times what building it again does. */
const keptBytesMax = 4096;

/**
 * The body of a delivery in the `standard` format: `{"id","type","timestamp","subject"?,"version"?,"data"}`.
 * `data` is the publisher's bytes. Built once for each event, however many endpoints it goes to soon.
 */
export class StandardBodies {
  /**
   * By position, the newest in the place of older ones. Not a `Map`: one that turns over with each delivery leaves
   * tables behind, each of which points to the next, and what was in them outlives the collections of young garbage.
   */
  readonly #kept: (KeptBody | null)[] = new Array(keptMax).fill(null);

  of(event: StoredEvent): Content {
    const { position } = event;
    const kept = this.#kept[position % keptMax] ?? null;
    if (kept?.position === position) return kept;
    const built: KeptBody = { position, body: buildStandard(event) };
    if (built.body.length <= keptBytesMax) this.#kept[position % keptMax] = built;
    return built;
  }
}

interface KeptBody extends Content {
  readonly position: number;
}

function buildStandard(event: StoredEvent): Buffer {
  const head = `${envelopeHead(event)},"data":`;
  const headBytes = Buffer.byteLength(head);
  const payload = allocate(headBytes + event.data.length + 1);
  payload.write(head, 0, "utf8");
  payload.set(event.data, headBytes);
  payload[payload.length - 1] = 0x7d;
  return payload;
}

/** The members before `data`. Ids and types have no character that JSON escapes. */
export function envelopeHead(event: StoredEvent): string {
  const subject = event.subject === null ? "" : `,"subject":${JSON.stringify(event.subject)}`;
  const version = event.version === null ? "" : `,"version":${JSON.stringify(event.version)}`;
  return `{"id":"${event.id}","type":"${event.type}","timestamp":"${isoTime(event.occurredAtMs)}"${subject}${version}`;
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

export function isoTime(ms: number): string {
  if (latest.ms !== ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}
