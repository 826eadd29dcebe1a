/**
 * What happens to the lines of an ordered lane (`lane-lines.ts`): an event is read, an attempt ends or is slow, rows
 * come from the store, or change there as a whole. The rule that all of it keeps: of one key nothing starts while
 * something before it is not settled. Part of `lane.ts`; whose turn it is says `lane-order-turn.ts`.
 */
import { isOpen } from "./breaker.ts";
import { isDueState, isSettledState, nextDeliveryState, type ParkedDelivery, type ParkedState } from "./delivery.ts";
import { isLoose, lineKey, noKey, unknownKey } from "./lane-key.ts";
import {
  dropWaiting,
  holdInMemory,
  isFreeKey,
  keyFlies,
  type LaneOrder,
  type Line,
  lineOf,
  pushReady,
} from "./lane-lines.ts";
import { roomOfFirst, sendFirst } from "./lane-send.ts";
import type { Flight, Lane, LaneSettings, LaneTurn, ParkedChange } from "./lane-state.ts";
import { pageHeld } from "./parked-page.ts";

/** Rows of one key that are asked for at once. */
export const rowsPerKey = 8;

/**
 * Reading found an event that the filter takes; everything between was left out. Only after a turn that said `read`.
 * It goes, or it is held; null where it is in flight already, or waits in memory.
 */
export function orderedTaken(lane: Lane, event: { position: number; key: number }, nowMs: number): LaneTurn | null {
  const { position, key } = event;
  const { order } = lane;
  if (order === null) throw new Error("the lane is not ordered");
  lane.readPosition = position;
  if (lane.flights.has(position)) return null;
  if (isFreeKey(order, key)) return sendOrdered(lane, order, { position, key, nowMs });
  if (isOpen(lane.breaker)) order.passedForProbe += 1;
  if (order.standing.has(key)) return { do: "note", changes: [heldRow(lane, order, { position, key, nowMs })] };
  holdInMemory(order, key, position);
  return null;
}

/** A first attempt, of a key of which nothing else is under way. */
export function sendOrdered(
  lane: Lane,
  order: LaneOrder,
  first: { readonly position: number; readonly key: number; readonly nowMs: number },
): LaneTurn {
  const { position, key, nowMs } = first;
  keyFlies(order, position, key);
  if (!isOpen(lane.breaker)) return sendFirst(lane, position, { nowMs, trigger: "first" });
  order.passedForProbe = 0;
  return sendFirst(lane, position, { nowMs, trigger: "probe" });
}

function heldRow(
  lane: Lane,
  order: LaneOrder,
  held: { readonly position: number; readonly key: number; readonly nowMs: number },
): ParkedChange {
  const { position, key, nowMs } = held;
  pageHeld(lane.parked, position, true);
  order.loading?.changed.add(key);
  const line = order.lines.get(key);
  if (line !== undefined) {
    line.isWhole = false;
    if (isBelowFlight(order, key, position)) line.mayHaveLower = true;
  }
  return { do: "park", row: { position, state: "held", attempts: 0, step: 0, dueAtMs: nowMs, key } };
}

/** The cursor was moved back, and comes to what is before something that is still in flight. */
function isBelowFlight(order: LaneOrder, key: number, position: number): boolean {
  if (order.lines.get(key)?.inFlight === 0) return false;
  for (const [flying, of] of order.flying) if (flying > position && lineKey(of) === key) return true;
  return false;
}

/** Lines that no longer move become rows, so that the cursor passes them and others have their room in memory. */
export function spill(lane: Lane, order: LaneOrder, nowMs: number): ParkedChange[] {
  const changes: ParkedChange[] = [];
  for (const key of order.spilling) {
    const line = order.lines.get(key);
    if (line === undefined) continue;
    for (const { position, row } of line.held) {
      if (row === null) changes.push(heldRow(lane, order, { position, key, nowMs }));
    }
    clearLine(order, key, line);
    order.standing.add(key);
  }
  order.spilling.clear();
  order.waiting -= changes.length;
  return changes;
}

/** What of the line is in memory is let go; what has a row is in the store. */
function clearLine(order: LaneOrder, key: number, line: Line): void {
  line.held = [];
  line.isWhole = false;
  if (line.inFlight === 0) order.lines.delete(key);
}

/**
 * The row of an attempt that failed, as it is where order counts. What was exhausted before, and was a probe, is in
 * nobody's way now.
 */
export function orderedRow(
  lane: Lane,
  failed: { readonly settings: LaneSettings; readonly row: ParkedDelivery; readonly flight: Flight },
): ParkedDelivery {
  const { settings, row, flight } = failed;
  const key = lane.order?.flying.get(row.position);
  if (lane.order === null || key === undefined || key === unknownKey) return row;
  if (key <= noKey) return { ...row, key };
  if (row.state === "exhausted") {
    if (settings.onExhausted !== "block" || flight.from === "exhausted") return { ...row, key };
    return { ...row, key, state: nextDeliveryState("sending", "failedInTheWay") as ParkedState };
  }
  if (!isBehind(lane.order, key, row.position)) return { ...row, key };
  return { ...row, key, state: nextDeliveryState("sending", "failedBehind") as ParkedState };
}

/** Whether another of its key goes, or may go, before it. */
function isBehind(order: LaneOrder, key: number, position: number): boolean {
  const line = lineOf(order, key);
  if (order.knowledge !== "known" || line.mayHaveLower || line.inFlight > 1) return true;
  return (line.held[0]?.position ?? position) < position;
}

/** An attempt of the lane or of a replay ended, or its event was gone. `row` is what it left; null where nothing. */
export function orderedEnded(lane: Lane, position: number, row: ParkedDelivery | null): void {
  const { order } = lane;
  const key = order?.flying.get(position);
  if (order === null) return;
  order.flying.delete(position);
  const isUnsettled = row !== null && !isSettledState(row.state);
  if (key === undefined || key === unknownKey) {
    if (isUnsettled || order.knowledge === "asked") askAgain(order);
    return;
  }
  if (key === noKey) return;
  const ofLine = lineKey(key);
  const line = lineOf(order, ofLine);
  line.inFlight -= 1;
  const stands = isUnsettled && !isLoose(key);
  if (stands) {
    order.standing.add(key);
    order.loading?.changed.add(key);
    line.isWhole = false;
    if (row.state === "held") line.mayHaveLower = true;
  }
  if (order.knowledge !== "known") askAgain(order);
  else if (row !== null && stands && waitsAtTheHead(row, line)) standsBehind(order, key, line);
  else nextOf(order, ofLine, line);
}

/** It failed, and goes again, or is gone around, before any other of its key. */
const waitsAtTheHead = (row: ParkedDelivery, line: Line): boolean =>
  row.state !== "held" && !line.mayHaveLower && line.inFlight === 0;

function standsBehind(order: LaneOrder, key: number, line: Line): void {
  if (line.held.some(({ row }) => row === null)) order.spilling.add(key);
  else clearLine(order, key, line);
}

/** Nothing of the key is at its head any more: the next one may go. */
function nextOf(order: LaneOrder, key: number, line: Line): void {
  if (line.inFlight > 0) return;
  order.spilling.delete(key);
  const hasWaiting = line.held.some(({ row }) => row === null);
  if (line.mayHaveLower) {
    line.mayHaveLower = false;
    if (hasWaiting) order.spilling.add(key);
    else clearLine(order, key, line);
    if (hasWaiting || order.standing.has(key)) want(order, key);
    return;
  }
  if (line.held.length > 0) {
    pushReady(order, key, line);
    return;
  }
  if (order.standing.has(key) && line.isWhole) order.standing.delete(key);
  if (order.standing.has(key)) want(order, key);
  order.lines.delete(key);
}

/** The store is to be asked for the next of a key, unless it is being asked. */
function want(order: LaneOrder, key: number): void {
  if (order.loading?.keys.includes(key) !== true) order.wanted.add(key);
}

/** An attempt is slow and has a row: those behind it become rows, too. Answers the row with its key. */
export function orderedSlow(lane: Lane, row: ParkedDelivery): ParkedDelivery {
  const { order } = lane;
  const key = order?.flying.get(row.position);
  if (order === null || key === undefined || key === unknownKey) {
    if (order !== null) askAgain(order);
    return row;
  }
  if (key <= noKey) return { ...row, key };
  const line = lineOf(order, key);
  order.standing.add(key);
  line.isWhole = false;
  if (line.held.some((held) => held.row === null)) order.spilling.add(key);
  if (order.knowledge === "asked") askAgain(order);
  return { ...row, key };
}

/** The store answered a `loadKeys`: the first rows of each key, by position. */
export function keysLoaded(
  lane: Lane,
  answer: { readonly ticket: number; readonly rows: readonly ParkedDelivery[] },
): void {
  const { order } = lane;
  if (order === null || order.loading === null || answer.ticket !== order.ticket) return;
  const { keys, changed } = order.loading;
  order.loading = null;
  const byKey = Map.groupBy(answer.rows, (row) => row.key);
  for (const key of keys) {
    const rows = byKey.get(key) ?? [];
    const isWhole = rows.length < rowsPerKey && !changed.has(key);
    if (rows.length === 0) {
      if (isWhole) order.standing.delete(key);
      else order.wanted.add(key);
      if (isWhole && order.lines.get(key)?.inFlight === 0) order.lines.delete(key);
      continue;
    }
    const line = lineOf(order, key);
    for (const { position } of rows) letGo(lane, position);
    line.held = rows.map((row) => ({ position: row.position, row }));
    line.isWhole = isWhole;
    pushReady(order, key, line);
  }
}

/** An attempt by hand holds the row back no longer: it is in its line again. */
function letGo(lane: Lane, position: number): void {
  const manual = lane.manuals.get(position);
  if (manual !== undefined) manual.hasRow = false;
}

/**
 * Rows changed in the store as a whole, or a person took one out of the middle: which keys stand is asked again, and
 * nothing starts until then. What waits in memory without a row stays there.
 */
export function orderUnknown(lane: Lane): void {
  if (lane.order !== null) askAgain(lane.order);
}

function askAgain(order: LaneOrder): void {
  if (order.knowledge === "asked") order.isOvertaken = true;
  else order.knowledge = "unknown";
}

/** A person skipped or sent one that waits in memory; or it left the log, or lies where the lane comes again. */
export function orderForgets(lane: Lane, isForgotten: (position: number) => boolean): void {
  if (lane.order !== null) dropWaiting(lane.order, isForgotten);
}

/** The room that the head of a line goes in. */
export const roomOfHeld = (lane: Lane, row: ParkedDelivery | null): "first" | "retry" =>
  row !== null && (row.attempts > 0 || isDueState(row.state)) ? "retry" : roomOfFirst(lane);
