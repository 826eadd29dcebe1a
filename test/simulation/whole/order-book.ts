/**
 * The order that receivers see: for one endpoint and key nothing is sent for the first time before all that came before
 * it was sent, and was delivered or had its whole schedule; and never two at once.
 */
import assert from "node:assert/strict";
import type { StoredEvent } from "../../../src/core/event.ts";
import type { EndpointPlan } from "./plan.ts";

export interface OrderFacts {
  readonly plan: EndpointPlan;
  readonly event: StoredEvent;
  /** Events of the endpoint before it that are still in the log, and that nobody passed over. */
  readonly before: Iterable<StoredEvent>;
  /** Positions in flight, but for those that were asked for. */
  readonly inFlight: ReadonlySet<number>;
  readonly eventAt: (position: number) => StoredEvent;
  readonly isDelivered: (position: number) => boolean;
  /** Attempts that nobody asked for. */
  readonly attempts: (position: number) => number;
}

/** Null: it waits for nobody. */
export function orderOf({ ordering }: EndpointPlan, event: StoredEvent): string | null {
  if (ordering === "none") return null;
  return ordering === "strict" ? "all" : event.subject;
}

export function assertInOrder(facts: OrderFacts, what: string): void {
  const { plan, event, before, inFlight, eventAt, isDelivered, attempts } = facts;
  const key = orderOf(plan, event);
  if (key === null) return;
  for (const position of inFlight) {
    if (position === event.position) continue;
    assert.notEqual(orderOf(plan, eventAt(position)), key, `${what}: ${position} of the same key is in flight`);
  }
  if (attempts(event.position) > 0) return;
  for (const earlier of before) {
    if (orderOf(plan, earlier) !== key || isDelivered(earlier.position)) continue;
    const made = attempts(earlier.position);
    assert.ok(made > plan.delaysMs.length, `${what}: ${earlier.position} of the same key was tried ${made} times`);
  }
}
