/**
 * A person wants one delivery sent now: it always goes, whatever its state, its endpoint's, or the breaker's, and
 * beside the window, and whatever of its key stands before it. A success settles the delivery; a failure is recorded
 * and changes nothing else. Part of `lane.ts`.
 */
import type { AttemptResult, AttemptTrigger } from "./attempt.ts";
import { type DeliveryState, nextDeliveryState, type ParkedDelivery } from "./delivery.ts";
import type { LaneOrder } from "./lane-lines.ts";
import { orderForgets, orderUnknown } from "./lane-order.ts";
import { endOutage, noteSuccess, type Settlement } from "./lane-settle.ts";
import type { Flight, Lane, LaneTurn, ParkedChange } from "./lane-state.ts";
import { pageAdd, pageSettled, pageTake } from "./parked-page.ts";

/**
 * Null while the delivery is in flight as it is; its attempt is the answer. `known` is what the store said, and may be
 * a little old: only a row that waits in memory is held back while the attempt lasts, and put back as it was if it
 * fails.
 */
export function manualTurn(
  lane: Lane,
  position: number,
  known: {
    readonly state: DeliveryState;
    readonly row: ParkedDelivery | null;
    readonly attempts: number;
    readonly nowMs: number;
    readonly trigger?: AttemptTrigger;
  },
): (LaneTurn & { do: "send" }) | null {
  if (lane.flights.has(position) || lane.manuals.has(position)) return null;
  nextDeliveryState(known.state, "sent");
  const waiting = pageTake(lane.parked, position);
  // What was given up does not wait, and stays as it is in the store.
  const held = waiting?.state === "exhausted" ? null : waiting;
  const row = held ?? known.row;
  const flight: Flight = {
    number: Math.max(known.attempts, row?.attempts ?? 0) + 1,
    step: row?.step ?? 0,
    trigger: known.trigger ?? "manual",
    room: "first",
    startedAtMs: known.nowMs,
    from: known.state,
    dueAtMs: row?.dueAtMs ?? known.nowMs,
    hasRow: held !== null,
    outlivedOutage: false,
  };
  lane.manuals.set(position, flight);
  if (held?.key !== undefined) lane.order?.forced.set(position, held.key);
  return { do: "send", position, flight };
}

export function manualSettled(
  lane: Lane,
  ended: { readonly position: number; readonly result: AttemptResult; readonly nowMs: number },
): Settlement {
  const { position, nowMs } = ended;
  const flight = lane.manuals.get(position);
  if (flight === undefined) throw new Error(`no manual attempt is in flight for position ${position}`);
  lane.manuals.delete(position);
  if (ended.result.errorClass !== null) {
    const changes = flight.hasRow ? putBack(lane, position, flight) : [];
    return { flight, state: flight.from, changes, disable: null, breaker: null };
  }
  // Whether there is a row may have changed since the store was asked; to remove what is not there costs nothing.
  const changes: ParkedChange[] = [{ do: "unpark", position }];
  const wasWaiting = pageTake(lane.parked, position) !== null || flight.hasRow;
  pageSettled(lane.parked, position, wasWaiting);
  if (lane.order !== null && flight.trigger === "manual") orderedForced(lane, lane.order, position);
  const recovery = noteSuccess(lane, nowMs);
  if (recovery !== null) changes.push(recovery);
  const state = nextDeliveryState("sending", "succeeded");
  const breaker = recovery === null ? null : "closed";
  return { flight, state, changes, disable: null, breaker, outage: endOutage(lane) };
}

/** It was sent out of its turn, and taken: nothing of its key waits for it any more. */
function orderedForced(lane: Lane, order: LaneOrder, position: number): void {
  order.forced.delete(position);
  orderForgets(lane, (waiting) => waiting === position);
  orderUnknown(lane);
}

function putBack(lane: Lane, position: number, held: Flight): ParkedChange[] {
  const { number: attempts, step, dueAtMs } = held;
  const key = lane.order?.forced.get(position);
  lane.order?.forced.delete(position);
  if (key === undefined) orderUnknown(lane);
  const row: ParkedDelivery = {
    position,
    state: "retrying",
    attempts,
    step,
    dueAtMs,
    ...(key !== undefined && { key }),
  };
  pageAdd(lane.parked, row, false);
  return [{ do: "park", row }];
}
