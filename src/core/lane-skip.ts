/** A person gives one delivery up that is not settled: those behind it go on. Part of `lane.ts`. */
import { type DeliveryState, isSettledState, nextDeliveryState, type ParkedDelivery } from "./delivery.ts";
import { orderForgets, orderUnknown } from "./lane-order.ts";
import type { Lane, ParkedChange } from "./lane-state.ts";
import { pageSettled, pageTake } from "./parked-page.ts";

/** Why a delivery cannot be skipped now; null where it can. `in-flight`: ask again when the attempt has ended. */
export function skipRefusal(
  lane: Lane,
  position: number,
  state: DeliveryState,
): "in-flight" | "settled" | "ahead" | null {
  if (lane.flights.has(position) || lane.manuals.has(position)) return "in-flight";
  if (isSettledState(state)) return "settled";
  return position > lane.readPosition ? "ahead" : null;
}

/** Only where `skipRefusal` says nothing. The row stays, so that people see what became of the delivery. */
export function deliverySkipped(
  lane: Lane,
  position: number,
  known: { readonly state: DeliveryState; readonly row: ParkedDelivery | null; readonly nowMs: number },
): ParkedChange {
  nextDeliveryState(known.state, "cancelled");
  const waiting = pageTake(lane.parked, position);
  const row = waiting ?? known.row;
  pageSettled(lane.parked, position, row !== null);
  lane.unsent = lane.unsent.filter((unsent) => unsent !== position);
  orderForgets(lane, (held) => held === position);
  orderUnknown(lane);
  const { attempts, step } = row ?? { attempts: 0, step: 0 };
  return { do: "park", row: { ...row, position, state: "cancelled", attempts, step, dueAtMs: known.nowMs } };
}
