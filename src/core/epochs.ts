/**
 * An epoch is one life of a log: from one opening of its store to the next. A copy of the store that is opened
 * elsewhere, or later in place of the original, goes on in an epoch of its own, so that a position which both gave to
 * different events has two cursors, and never one that means two things.
 */
import { type Cursor, encodeCursor } from "./cursor.ts";

export interface Epoch {
  /** Twelve hexadecimal digits: the second in which it began, and two random bytes. */
  readonly id: string;
  /** The last position before it: its own events are beyond. */
  readonly after: number;
}

/** The epochs of a log, oldest first. There is one at least; the last is the one that runs. */
export type Epochs = readonly Epoch[];

/** Epochs that a log remembers; cursors from before are known as forked. */
export const epochsKeptMax = 1000;

/** `random` has two bytes. Ids of later epochs sort later, also where the clock stepped back: `last` is the newest. */
export function makeEpochId(nowMs: number, random: Uint8Array, last: string | null): string {
  const lastSeconds = last === null ? 0 : Number.parseInt(last.slice(0, 8), 16);
  const seconds = Math.min(Math.max(Math.floor(nowMs / 1000), lastSeconds + (last === null ? 0 : 1)), 0xffffffff);
  const tail = ((random[0] ?? 0) << 8) | (random[1] ?? 0);
  return seconds.toString(16).padStart(8, "0") + tail.toString(16).padStart(4, "0");
}

/**
 * The epochs of a log that is opened with its last event at `head`. An epoch that gave no position is forgotten, unless
 * it is the first (which has the cursor of position 0): a log that is started again and again forgets no other by it.
 */
export function addEpoch(epochs: Epochs, head: number, id: string): Epochs {
  const isIdle = epochs.length > 1 && epochs.at(-1)?.after === head;
  return [...(isIdle ? epochs.slice(0, -1) : epochs), { id, after: head }].slice(-epochsKeptMax);
}

/** The one text that is the cursor of a position, whoever asks and whenever: pages can be kept by caches. */
export function cursorAt(epochs: Epochs, position: number): string {
  return encodeCursor({ epoch: epochOf(epochs, position).id, position });
}

/** The epoch that gave a position: the last that began before it. Halved, since a page of old events asks for each. */
function epochOf(epochs: Epochs, position: number): Epoch {
  let low = 0;
  let high = epochs.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((epochs[middle]?.after ?? position) < position) low = middle;
    else high = middle;
  }
  const epoch = epochs[low];
  if (epoch === undefined) throw new Error("a log has one epoch at least");
  return epoch;
}

export type CursorPlace =
  | { readonly kind: "position"; readonly position: number }
  /**
   * The log went another way. Whoever reads on from `resumeAfter` misses nothing of this one, as long as the log was
   * never put back to a copy of a line that it had given up before.
   */
  | { readonly kind: "forked"; readonly resumeAfter: number };

/** Where a cursor stands in a log that has been through `epochs` and ends at `head`. */
export function placeOf(epochs: Epochs, head: number, cursor: Cursor): CursorPlace {
  const index = epochs.findIndex((epoch) => epoch.id === cursor.epoch);
  // An epoch that this log has not been through began elsewhere, after a copy: the two parted where the first epoch
  // of this log begins that is younger. Where none is, it is the copy that was opened last, and took a part of the
  // running epoch at most.
  if (index === -1) {
    const younger = epochs.find((epoch) => epoch.id > cursor.epoch) ?? epochs.at(-1);
    return { kind: "forked", resumeAfter: Math.min(younger?.after ?? 0, cursor.position) };
  }
  const end = epochs[index + 1]?.after ?? head;
  if (cursor.position > end) return { kind: "forked", resumeAfter: end };
  return { kind: "position", position: cursor.position };
}
