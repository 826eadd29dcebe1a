/**
 * What an ordered lane knows of its keys. A key is free, or its deliveries stand in line: one goes, and the others wait
 * for it. Those that wait are in memory as long as their line moves, and few (`heldInMemory`); behind one that failed
 * or is slow they are rows in the store, whatever their number, and are asked for by key when it is their turn. Then
 * no more than the key itself is in memory. Part of `lane.ts`; what happens to lines is in `lane-order.ts`.
 */

import type { ParkedDelivery } from "./delivery.ts";
import { type OrderSettings, orderingOf } from "./endpoint-order.ts";
import { lineKey, noKey, strictKey } from "./lane-key.ts";

export interface LaneOrder {
  readonly isStrict: boolean;
  /**
   * `unknown`: which keys stand is to be asked, as rows changed as a whole. Until it is `known`, nothing starts.
   */
  knowledge: "unknown" | "asked" | "known";
  /** Tells an answer to the newest question from one that was overtaken. */
  ticket: number;
  /** While it is asked: something changed that the answer does not say, so it is asked again. */
  isOvertaken: boolean;
  /** Rows did not fit, and were changed since it was known. */
  changesRows: boolean;
  /** The key of what is in flight, of the lane or of a replay, by position. */
  readonly flying: Map<number, number>;
  /** The key of a row that a person's attempt keeps from being sent. */
  readonly forced: Map<number, number>;
  /** Keys with something in memory. */
  readonly lines: Map<number, Line>;
  /** Keys of which the store has rows that are not settled. One with neither a line nor a wish waits for a retry. */
  readonly standing: Set<number>;
  /** Keys whose next delivery only the store knows. */
  readonly wanted: Set<number>;
  /** Keys whose next delivery is at the head of their line, and may go. */
  ready: number[];
  /** Keys whose line in memory is to become rows, as what it waits for failed or is slow. */
  readonly spilling: Set<number>;
  /** While the store is asked for the next of some keys: those that got rows meanwhile. */
  loading: { readonly keys: readonly number[]; readonly changed: Set<number> } | null;
  /** Deliveries that wait in memory and have no row. */
  waiting: number;
  /** Events that were read for a probe and could not be one, since the last probe. */
  passedForProbe: number;
}

export interface Line {
  /** How many of it are in flight. More than one where they were sent before they were ordered. */
  inFlight: number;
  /** Ascending. */
  held: Held[];
  /** The store has no rows of it beyond those that are held here. */
  isWhole: boolean;
  /** Rows may have come before what is in flight. */
  mayHaveLower: boolean;
  /** It is in `ready`. */
  isReady: boolean;
}

interface Held {
  readonly position: number;
  /** Null where it waits in memory only. */
  readonly row: ParkedDelivery | null;
}

/** Null where nothing is ordered. */
export function newOrder(settings: Partial<OrderSettings>, isKnown: boolean): LaneOrder | null {
  const ordering = orderingOf(settings);
  if (ordering === "none") return null;
  return {
    isStrict: ordering === "strict",
    knowledge: isKnown ? "known" : "unknown",
    ticket: 0,
    isOvertaken: false,
    changesRows: false,
    flying: new Map(),
    forced: new Map(),
    lines: new Map(),
    standing: new Set(),
    wanted: new Set(),
    ready: [],
    spilling: new Set(),
    loading: null,
    waiting: 0,
    passedForProbe: 0,
  };
}

export function lineOf(order: LaneOrder, key: number): Line {
  let line = order.lines.get(key);
  if (line === undefined) {
    line = { inFlight: 0, held: [], isWhole: false, mayHaveLower: false, isReady: false };
    order.lines.set(key, line);
  }
  return line;
}

/** Nothing of this key is in flight, held or parked: whatever comes next of it may go. */
export const isFreeKey = (order: LaneOrder, key: number): boolean =>
  order.knowledge === "known" && (key === noKey || (!order.lines.has(key) && !order.standing.has(key)));

/** True where a strict lane has something unsettled. */
export const strictStands = (order: LaneOrder): boolean => order.isStrict && !isFreeKey(order, strictKey);

/** True where it has nothing to remember. */
export const isAtRest = (order: LaneOrder): boolean =>
  order.knowledge === "known" && order.lines.size + order.standing.size + order.flying.size === 0;

export function keyFlies(order: LaneOrder, position: number, key: number): void {
  order.flying.set(position, key);
  const line = lineKey(key);
  if (line > noKey) lineOf(order, line).inFlight += 1;
}

export function pushReady(order: LaneOrder, key: number, line: Line): void {
  if (line.isReady) return;
  line.isReady = true;
  order.ready.push(key);
}

/** It waits in memory, in its place. */
export function holdInMemory(order: LaneOrder, key: number, position: number): void {
  const { held } = lineOf(order, key);
  let index = held.length;
  while (index > 0 && (held[index - 1]?.position ?? 0) > position) index -= 1;
  held.splice(index, 0, { position, row: null });
  order.waiting += 1;
}

/** Takes those out of memory that have no row and that `isWanted` says. */
export function dropWaiting(order: LaneOrder, isDropped: (position: number) => boolean): void {
  if (order.waiting === 0) return;
  for (const [key, line] of order.lines) {
    const kept = line.held.filter(({ position, row }) => row !== null || !isDropped(position));
    order.waiting -= line.held.length - kept.length;
    line.held = kept;
    if (kept.length > 0 || line.inFlight > 0) continue;
    order.lines.delete(key);
    if (order.standing.has(key)) order.wanted.add(key);
  }
}

/** Positions that wait in memory and have no row; in no order. */
export function waitingPositions(order: LaneOrder): number[] {
  const positions: number[] = [];
  if (order.waiting === 0) return positions;
  for (const { held } of order.lines.values()) {
    for (const { position, row } of held) if (row === null) positions.push(position);
  }
  return positions;
}
