/** Builders for tests of ordered lanes, beside those of `a-lane.ts`. */
import type { ParkedDelivery } from "../../src/core/delivery.ts";
import type { OrderSettings } from "../../src/core/endpoint-order.ts";
import { beginLoad, eventOffered, type Lane, type LaneTurn, parkedLoaded, startLane } from "../../src/core/lane.ts";
import { keyOfSubject } from "../../src/core/lane-key.ts";
import { keysLoaded, orderedTaken } from "../../src/core/lane-order.ts";
import { aRow, turn } from "./a-lane.ts";

export const keyA = keyOfSubject("a");
export const keyB = keyOfSubject("b");
export const byKey: OrderSettings = { ordering: "key", onExhausted: "park" };
export const blocking: OrderSettings = { ordering: "key", onExhausted: "block" };

export const anOrdered = (
  settings: Partial<OrderSettings> = byKey,
  parkedTotal = 0,
  pending: readonly number[] = [],
): Lane =>
  startLane(
    { readPosition: pending.at(-1) ?? 0, pending, behind: pending.length > 0, health: null },
    parkedTotal,
    settings,
  );

/** The event is appended and read. */
export function reads(lane: Lane, position: number, key: number): LaneTurn | null {
  eventOffered(lane, position);
  return orderedTaken(lane, { position, key }, 0);
}

export const does = (lane: Lane, nowMs = 0, settings: Partial<OrderSettings> = byKey): LaneTurn =>
  turn(lane, nowMs, settings);

/** The store answers what was asked last about keys, and about what is due, with these rows. */
export function answers(lane: Lane, ...rows: ParkedDelivery[]): void {
  const ticket = lane.order?.ticket ?? 0;
  keysLoaded(lane, { ticket, rows });
}

export function loadsDue(lane: Lane, ...rows: ParkedDelivery[]): void {
  const { limit, ticket } = beginLoad(lane);
  parkedLoaded(lane, { rows, total: rows.length, limit, ticket });
}

export const heldRow = (position: number, changes: Partial<ParkedDelivery> = {}): ParkedDelivery =>
  aRow(position, { state: "held", attempts: 0, step: 0, dueAtMs: 0, key: keyA, ...changes });
