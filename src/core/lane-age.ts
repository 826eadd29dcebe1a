/**
 * The turn of a delivery came, and its event is older than its endpoint wants it: it is given up without an attempt.
 * Nothing is learnt of the endpoint by it. Part of `lane.ts`.
 */
import { nextDeliveryState, type ParkedDelivery, type ParkedState } from "./delivery.ts";
import { orderedEnded, orderedRow } from "./lane-order.ts";
import { parkFailed } from "./lane-settle.ts";
import { type Flight, isAhead, type Lane, type LaneSettings, type ParkedChange } from "./lane-state.ts";

/** What to journal; null where the delivery stays as it was: given up before, or the lane is to come to it again. */
export function deliveryTooOld(
  lane: Lane,
  settings: LaneSettings,
  old: { readonly position: number; readonly nowMs: number },
): ParkedChange | null {
  const { position, nowMs } = old;
  const flight = lane.flights.get(position);
  if (flight === undefined) return null;
  lane.flights.delete(position);
  if (flight.room === "retry") lane.retriesInFlight -= 1;
  if (flight.from === "exhausted" || flight.from === "blocked") {
    // It was to be a probe, and would be chosen again at once. The next probe is something that comes to the lane.
    lane.parked.mayHaveGivenUp = false;
    orderedEnded(lane, position, flight.from === "blocked" ? rowOf(position, flight, flight.from) : null);
    return null;
  }
  if (!flight.hasRow && isAhead(lane, position)) {
    orderedEnded(lane, position, null);
    return null;
  }
  const state = nextDeliveryState("sending", "failedLast") as ParkedState;
  const row = orderedRow(lane, { settings, flight, row: { ...rowOf(position, flight, state), dueAtMs: nowMs } });
  const change = parkFailed(lane, row, flight.hasRow);
  orderedEnded(lane, position, row);
  return change;
}

const rowOf = (position: number, flight: Flight, state: ParkedState): ParkedDelivery => ({
  position,
  state,
  attempts: flight.number - 1,
  step: flight.step,
  dueAtMs: flight.dueAtMs,
});
