/**
 * Reads what a recovery is to send: the deliveries of its range that failed, found by their rows and not by reading the
 * log, which may have a million events between two of them.
 */
import type { StoredEvent } from "../core/event.ts";
import type { Replay } from "../core/replay.ts";
import type { Store } from "../log/store.ts";
import type { ReplayPage } from "./replay-page.ts";

/** Rows of one page: counting needs no event, and what is sent is held until it is. */
const countedRows = 5000;
const sentRows = 100;
const sentBytes = 256 * 1024;
/** Events are read together where no more positions than this lie between them. */
const gapMax = 16;

interface From {
  readonly after: number;
  readonly tenant: string;
  readonly purpose: "count" | "send";
}

/** The next page behind `after`. What was journalled counts; whoever asks has seen to that. */
export async function readFailed(store: Store, replay: Replay, from: From): Promise<ReplayPage> {
  const { earliest } = store.events.bounds();
  const { after, purpose } = from;
  const limit = purpose === "count" ? countedRows : sentRows;
  const range = { first: Math.max(after + 1, earliest), last: replay.last, limit };
  const positions = range.first > range.last ? [] : await store.journal.failedAmong(replay.endpointNumber, range);
  const rowsThrough = positions.length < limit ? replay.last : (positions.at(-1) ?? replay.last);
  const lost = Math.max(0, Math.min(earliest - 1, replay.last) - after);
  if (purpose === "count") return { events: [], count: positions.length, through: rowsThrough, lost };
  const { events, through } = await eventsAt(store, positions, from.tenant);
  return { events, count: events.length, through: through ?? rowsThrough, lost };
}

/** The events at these positions, ascending, those that are still stored; `through` where not all were read. */
async function eventsAt(
  store: Store,
  positions: readonly number[],
  tenant: string,
): Promise<{ events: StoredEvent[]; through: number | null }> {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (let next = 0; next < positions.length; ) {
    const end = endOfRun(positions, next);
    const first = positions[next] ?? 0;
    const last = positions[end - 1] ?? first;
    const wanted = new Set(positions.slice(next, end));
    const page = await store.events.read({ after: first - 1, limit: last - first + 1, bytesMax: sentBytes, tenant });
    for (const event of page.events) {
      if (!wanted.has(event.position)) continue;
      events.push(event);
      bytes += event.data.length;
    }
    const before = next;
    while (next < end && (positions[next] ?? 0) <= page.through) next += 1;
    // Rows beyond the end of a log that lost its last events: there is nothing to read.
    if (next === before) next = end;
    if (bytes >= sentBytes && next < positions.length) return { events, through: positions[next - 1] ?? first };
  }
  return { events, through: null };
}

/** The index behind the last of those that are read together with the one at `start`. */
function endOfRun(positions: readonly number[], start: number): number {
  let end = start + 1;
  while (end < positions.length && (positions[end] ?? 0) - (positions[end - 1] ?? 0) <= gapMax) end += 1;
  return end;
}
