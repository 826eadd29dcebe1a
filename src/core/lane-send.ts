/** How a lane says that something is to be sent, or asked for. Part of `lane.ts`. */
import type { AttemptTrigger } from "./attempt.ts";
import { nextDeliveryState, type ParkedDelivery } from "./delivery.ts";
import type { Flight, Lane, LaneTurn, Room } from "./lane-state.ts";
import { limits } from "./limits.ts";
import { pageLoadBegins, pageTake } from "./parked-page.ts";

/** While first attempts wait a retry has one turn in four, however small the window or the rate. */
export const firstTurnsPerRetry = 3;

/**
 * Rows changed in the store as a whole (revived, trimmed): what is held here is no longer the truth. Whoever is told to
 * load asks the store only after everything that this lane changed before is durable, and asks again until it answers:
 * rows that were waiting here come back with the answer, and only so.
 */
export function beginLoad(lane: Lane, givenUpSinceMs: number | null = null): LaneTurn & { do: "load" } {
  const ticket = pageLoadBegins(lane.parked, givenUpSinceMs !== null);
  const limit = limits.parkedInMemory + lane.flights.size + lane.manuals.size;
  return { do: "load", limit, ticket, givenUpSinceMs };
}

export const roomOfFirst = (lane: Lane): Room => (lane.breaker.consecutiveFailures > 0 ? "retry" : "first");

export function sendFirst(lane: Lane, position: number, how: { nowMs: number; trigger: AttemptTrigger }): LaneTurn {
  // Where the cursor was moved back over it, it may wait as a row, or an attempt by hand may hold that row.
  const row = pageTake(lane.parked, position);
  const manual = lane.manuals.get(position);
  const hasRow = row !== null || manual?.hasRow === true;
  if (manual !== undefined) manual.hasRow = false;
  return register(lane, position, {
    number: (row?.attempts ?? 0) + 1,
    step: 0,
    trigger: how.trigger,
    room: how.trigger === "probe" ? "retry" : roomOfFirst(lane),
    startedAtMs: how.nowMs,
    from: "pending",
    dueAtMs: how.nowMs,
    hasRow,
    outlivedOutage: false,
  });
}

export function sendParked(lane: Lane, row: ParkedDelivery, how: { nowMs: number; trigger: AttemptTrigger }): LaneTurn {
  pageTake(lane.parked, row.position);
  return register(lane, row.position, {
    number: row.attempts + 1,
    step: row.step,
    trigger: how.trigger,
    room: "retry",
    startedAtMs: how.nowMs,
    from: row.state === "exhausted" || row.state === "blocked" ? row.state : "retrying",
    dueAtMs: row.dueAtMs,
    hasRow: true,
    outlivedOutage: false,
  });
}

export function register(lane: Lane, position: number, flight: Flight): LaneTurn {
  nextDeliveryState(flight.from, "sent");
  lane.flights.set(position, flight);
  if (flight.room === "retry") lane.retriesInFlight += 1;
  return { do: "send", position, flight };
}
