/** The data of events as filters look at it: parsed when the first of them does, and kept while others may. */
import type { StoredEvent } from "../../core/event.ts";

/** Bytes of JSON whose parsed form is kept: the form itself is several times as large. */
const keptBytesMax = 4 * 1024 * 1024;

interface Parsed {
  readonly value: unknown;
  readonly bytes: number;
}

/** By event, without holding it: its data may be a small part of a large page. */
const parsed = new WeakMap<StoredEvent, WeakRef<Parsed>>();
/** What is kept, oldest first: filters look at an event one after another, when it has come or its page is read. */
const kept = new Set<Parsed>();
let keptBytes = 0;

/**
 * What `JSON.parse` makes of the data, but with integers that a double cannot hold as bigints. `undefined` where it is
 * not JSON.
 */
export function eventData(event: StoredEvent): unknown {
  const known = parsed.get(event)?.deref();
  if (known !== undefined) return known.value;
  const bytes = event.data.length;
  const fresh = { value: parse(Buffer.prototype.utf8Slice.call(event.data, 0, bytes)), bytes };
  parsed.set(event, new WeakRef(fresh));
  keep(fresh);
  return fresh.value;
}

function keep(fresh: Parsed): void {
  kept.add(fresh);
  keptBytes += fresh.bytes;
  for (const oldest of kept) {
    if (keptBytes <= keptBytesMax) break;
    kept.delete(oldest);
    keptBytes -= oldest.bytes;
  }
}

const manyDigits = /\d{16}/;

function parse(text: string): unknown {
  try {
    return manyDigits.test(text) ? JSON.parse(text, exactInteger as never) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exactInteger(_name: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const { source = "" } = context;
  return /^-?\d{1,19}$/.test(source) ? BigInt(source) : value;
}
