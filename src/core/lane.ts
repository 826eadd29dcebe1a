/**
 * The life of one endpoint as a state machine without I/O. Its owner (`outbound/lane-turns.ts`) says what happened and is
 * told what to do:
 *
 *   turnCame        there is room to send         → send a parked delivery, read on in the log, load rows, or rest
 *   eventTaken      reading found an event that the filter takes      → send it
 *   eventsPassed    reading found none up to a position
 *   eventOffered    an event that the filter takes was appended while the lane had nothing to read
 *   attemptSettled  an attempt ended              → what to journal, and what it means (lane-settle.ts)
 *   attemptSlow     an attempt is still in flight after a second      → park it, so that the cursor passes it
 *   manualTurn      a person wants one delivery sent now              → send it (lane-manual.ts)
 *   replayTurn      a replay comes to a delivery                      → send it beside the others (lane-replay.ts)
 *   orderedTaken    reading found an event for an ordered lane        → send it, or hold it (lane-order.ts)
 *   keysLearnt, keysLoaded       what the store says of keys (lane-learn.ts, lane-order.ts)
 *   parkedLoaded, eventGone, laneMoved, laneSought, laneEnabled, logTrimmed       what the store or a person did
 *
 * A success leaves no row but its attempt. The lane is changed in place: it has one owner, and a copy for each event
 * would cost more than the send. Times are given, never taken.
 */
import type { AttemptTrigger } from "./attempt.ts";
import { closedBreaker, isOpen } from "./breaker.ts";
import { nextDeliveryState, type ParkedDelivery } from "./delivery.ts";
import { orderedEnded, orderedSlow, orderForgets, orderUnknown } from "./lane-order.ts";
import { orderedTurn } from "./lane-order-turn.ts";
import { leavesProbe, parkedProbeStep } from "./lane-probe.ts";
import { beginLoad, firstTurnsPerRetry, roomOfFirst, sendFirst, sendParked } from "./lane-send.ts";
import {
  isAhead,
  knowsAllRows,
  type Lane,
  type LaneSettings,
  type LaneTurn,
  type ParkedChange,
  type Room,
  rowsKnown,
} from "./lane-state.ts";
import { limits } from "./limits.ts";
import {
  type ParkedAnswer,
  pageAddInFlight,
  pageLoaded,
  pageSettled,
  pageWantsLoad,
  unloadedPage,
} from "./parked-page.ts";
import { windowLimit, windowRestart } from "./window.ts";

export { beginLoad } from "./lane-send.ts";
export * from "./lane-state.ts";

/** There is room to send; `room` says of which kinds. */
export function turnCame(
  lane: Lane,
  settings: LaneSettings,
  now: { readonly nowMs: number; readonly room: Readonly<Record<Room, boolean>> },
): LaneTurn {
  if (settings.status !== "enabled" || lane.isHalted) return { do: "rest", untilMs: null };
  if (now.nowMs < lane.pausedUntilMs) return { do: "rest", untilMs: lane.pausedUntilMs };
  if (lane.order !== null) return orderedTurn(lane, lane.order, { settings, now });
  if (lane.breaker.probeAtMs !== null) return probeTurn(lane, lane.breaker.probeAtMs, now);
  const limit = windowLimit(lane.window, settings.maxInFlight);
  if (lane.flights.size >= limit) return { do: "rest", untilMs: null };
  if (pageWantsLoad(lane.parked)) return beginLoad(lane);

  const hasFirst = lane.unsent.length > 0 || (!lane.caughtUp && lane.parked.total < limits.parkedPerEndpoint);
  const due = lane.parked.rows[0];
  const isDue = due !== undefined && due.dueAtMs <= now.nowMs;
  const retriesMax = hasFirst ? Math.max(1, Math.floor(limit / 4)) : limit;
  const isRetrysTurn = !hasFirst || lane.firstTurnsDue === 0;
  const mayRetry = isDue && isRetrysTurn && lane.retriesInFlight < retriesMax;
  if (mayRetry && now.room.retry) {
    lane.firstTurnsDue = firstTurnsPerRetry;
    return sendParked(lane, due, { nowMs: now.nowMs, trigger: "retry" });
  }
  if (hasFirst) return now.room[roomOfFirst(lane)] ? nextFirst(lane, now.nowMs, "first") : { do: "yield" };
  if (mayRetry) return { do: "yield" };
  return { do: "rest", untilMs: isDue ? null : (due?.dueAtMs ?? null) };
}

/**
 * While the breaker is open one probe goes at a time: the next event and a parked delivery in turns, and those take
 * turns among themselves, the one that is due first beginning. So events that always fail, however many there are, do
 * not keep an endpoint that takes the others from being found well. Where there are none, what was given up takes
 * turns: it is sent again when the endpoint is back, and nothing else would ever tell.
 */
function probeTurn(
  lane: Lane,
  probeAtMs: number,
  now: { readonly nowMs: number; readonly room: Readonly<Record<Room, boolean>> },
): LaneTurn {
  if (lane.flights.size > 0 || lane.parked.loading !== null) return { do: "rest", untilMs: null };
  if (now.nowMs < probeAtMs) return { do: "rest", untilMs: probeAtMs };
  if (!now.room.retry) return { do: "yield" };
  if (pageWantsLoad(lane.parked)) return beginLoad(lane);
  const { rows } = lane.parked;
  const hasFirst = lane.unsent.length > 0 || !lane.caughtUp;
  const { failedProbes, failingSinceMs } = lane.breaker;
  if (hasFirst && (rows.length === 0 || failedProbes % 2 === 0)) return nextFirst(lane, now.nowMs, "probe");
  const left = hasFirst ? null : leavesProbe(lane, now.nowMs);
  if (left !== null) return left;
  const row = rows[parkedProbeStep(lane, hasFirst, now.nowMs) % rows.length];
  if (row !== undefined) return sendParked(lane, row, { nowMs: now.nowMs, trigger: "probe" });
  return lane.parked.mayHaveGivenUp ? beginLoad(lane, failingSinceMs) : { do: "rest", untilMs: null };
}

function nextFirst(lane: Lane, nowMs: number, trigger: AttemptTrigger): LaneTurn {
  if (lane.firstTurnsDue > 0) lane.firstTurnsDue -= 1;
  const position = lane.unsent.shift();
  return position === undefined ? { do: "read" } : sendFirst(lane, position, { nowMs, trigger });
}

/**
 * Reading found an event that the filter takes; everything between was left out. Only after a turn that said `read`.
 * Null when it is in flight already (the cursor was moved back over it).
 */
export function eventTaken(lane: Lane, position: number, nowMs: number): LaneTurn | null {
  lane.readPosition = position;
  if (lane.flights.has(position)) return null;
  return sendFirst(lane, position, { nowMs, trigger: isOpen(lane.breaker) ? "probe" : "first" });
}

/** Reading found nothing that the filter takes up to `position`; `caughtUp` when that is all there is. */
export function eventsPassed(lane: Lane, position: number, caughtUp: boolean): void {
  lane.readPosition = Math.max(lane.readPosition, position);
  lane.caughtUp = caughtUp;
}

/** An event that the filter takes was appended. True when the lane had nothing to read, and so wants a turn. */
export function eventOffered(lane: Lane, position: number): boolean {
  if (!lane.caughtUp || position <= lane.readPosition) return false;
  lane.readPosition = position - 1;
  lane.caughtUp = false;
  return true;
}

/**
 * An attempt is still in flight after a second: it gets a row, and the cursor passes it. Null where it has one, or
 * needs none, because the cursor was moved back before it.
 */
export function attemptSlow(lane: Lane, position: number): ParkedChange | null {
  const flight = lane.flights.get(position);
  if (flight === undefined || flight.hasRow || isAhead(lane, position)) return null;
  flight.hasRow = true;
  pageAddInFlight(lane.parked);
  const { number, step, startedAtMs } = flight;
  const row: ParkedDelivery = { position, state: "sending", attempts: number - 1, step, dueAtMs: startedAtMs };
  return { do: "park", row: lane.order === null ? row : orderedSlow(lane, row) };
}

/** The event of a delivery that was to be sent is no longer in the log: nothing can be sent. */
export function eventGone(lane: Lane, position: number): ParkedChange | null {
  const flight = lane.flights.get(position);
  if (flight === undefined) return null;
  lane.flights.delete(position);
  if (flight.room === "retry") lane.retriesInFlight -= 1;
  nextDeliveryState("sending", "cancelled");
  orderedEnded(lane, position, null);
  if (!flight.hasRow) return null;
  pageSettled(lane.parked, position, flight.from !== "exhausted");
  return { do: "unpark", position };
}

/** The store answered a `load`. */
export function parkedLoaded(lane: Lane, answer: ParkedAnswer): void {
  pageLoaded(lane.parked, answer, (position) => {
    const flight = lane.flights.get(position);
    if (flight !== undefined) flight.hasRow = true;
    return flight !== undefined || lane.manuals.get(position)?.hasRow === true;
  });
  // All rows are known: what changed while the store was asked may have been counted twice, or not at all.
  if (knowsAllRows(lane)) lane.parked.total = rowsKnown(lane);
}

/** A person moved the cursor; what is in flight ends where it is. */
export function laneMoved(lane: Lane, position: number, caughtUp: boolean): void {
  lane.readPosition = position;
  lane.unsent = [];
  lane.caughtUp = caughtUp;
  orderForgets(lane, () => true);
}

/**
 * A person moved the cursor, back or forward: the lane reads on behind `position`. What it held at or before that place
 * is still sent; what it held beyond is sent when it comes there. Attempts in flight end as they do, those beyond
 * without a row. A `beginLoad` follows: the store cancels the rows beyond, and an answer under way may still have them.
 */
export function laneSought(lane: Lane, position: number, caughtUp: boolean): ParkedChange {
  lane.unsent = lane.unsent.filter((held) => held <= position);
  lane.readPosition = position;
  lane.caughtUp = caughtUp;
  for (const [inFlight, flight] of [...lane.flights, ...lane.manuals]) if (inFlight > position) flight.hasRow = false;
  orderForgets(lane, (held) => held > position);
  orderUnknown(lane);
  return { do: "cancelBeyond", position };
}

/** Everything parked was cancelled, in the store too. What is in flight goes on without a row. */
export function parkedCancelled(lane: Lane): ParkedChange {
  for (const flight of [...lane.flights.values(), ...lane.manuals.values()]) flight.hasRow = false;
  const { ticket } = lane.parked;
  Object.assign(lane.parked, unloadedPage(0), { ticket: ticket + 1 });
  orderUnknown(lane);
  return { do: "cancelAll" };
}

/**
 * A person enabled the endpoint again: its failures are history, its pace starts low, and what was given up while it
 * failed is due. Null where it had not been failing.
 */
export function laneEnabled(lane: Lane, nowMs: number): ParkedChange | null {
  const sinceMs = lane.breaker.failingSinceMs;
  Object.assign(lane.breaker, closedBreaker());
  lane.pausedUntilMs = 0;
  lane.isHalted = false;
  windowRestart(lane.window, nowMs);
  return sinceMs === null ? null : outageEnded(lane, sinceMs, nowMs);
}

/**
 * What was given up since the endpoint began to fail is due, and what is in flight is not given up for having been
 * last.
 */
export function outageEnded(lane: Lane, sinceMs: number, nowMs: number): ParkedChange {
  for (const flight of [...lane.flights.values(), ...lane.manuals.values()]) flight.outlivedOutage = true;
  orderUnknown(lane);
  return { do: "revive", sinceMs, dueAtMs: nowMs, ...(lane.order !== null && { isOrdered: true }) };
}

/**
 * Retention removed everything before `earliest`. Answers how many positions the lane had not read, and lost.
 * `hadRows`: the store cancelled rows of this endpoint, and a `beginLoad` follows; one that is sent all the same is an
 * `eventGone`.
 */
export function logTrimmed(lane: Lane, earliest: number, hadRows = false): number {
  orderForgets(lane, (position) => position < earliest);
  if (hadRows) orderUnknown(lane);
  const kept = lane.unsent.filter((position) => position >= earliest);
  const lostUnsent = lane.unsent.length - kept.length;
  lane.unsent = kept;
  if (lane.caughtUp || lane.readPosition >= earliest - 1) return lostUnsent;
  const lost = earliest - 1 - lane.readPosition;
  lane.readPosition = earliest - 1;
  return lost + lostUnsent;
}
