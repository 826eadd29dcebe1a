/** An attempt of a lane ended: what to journal, and what it means for the endpoint. Part of `lane.ts`. */
import { type AttemptResult, isCongestion } from "./attempt.ts";
import { breakerFailed, breakerSucceeded, isOpen } from "./breaker.ts";
import {
  type DeliveryState,
  isSettledState,
  nextDeliveryState,
  type ParkedDelivery,
  type ParkedState,
} from "./delivery.ts";
import type { DisabledReason } from "./endpoint.ts";
import { outageEnded } from "./lane.ts";
import { orderedEnded, orderedRow } from "./lane-order.ts";
import { type Flight, isAhead, type Lane, type LaneSettings, type ParkedChange } from "./lane-state.ts";
import { pageAdd, pageGivenUp, pageHeld, pageSettled } from "./parked-page.ts";
import { boundedRetryAfterMs, nextDueAtMs } from "./retry-policy.ts";
import { windowCongested, windowDelivered, windowRestart } from "./window.ts";

/** What an ended attempt means. The changes, the attempt and the lane's record belong in one transaction. */
export interface Settlement {
  readonly flight: Flight;
  /** The state that the delivery is in now. */
  readonly state: DeliveryState;
  readonly changes: readonly ParkedChange[];
  /** The endpoint is to be disabled. */
  readonly disable: DisabledReason | null;
  /** What this attempt did to the breaker. */
  readonly breaker: "opened" | "closed" | null;
  /** An outage of the endpoint begins with this attempt, or ends with it. */
  readonly outage?: Outage | null;
}

export interface Outage {
  readonly is: "began" | "ended";
  /** When the first attempt failed. */
  readonly sinceMs: number;
}

interface Ended {
  readonly position: number;
  readonly result: AttemptResult;
  readonly nowMs: number;
  readonly random: number;
  /** When the event was accepted, where the endpoint may not want it at any age. */
  readonly acceptedAtMs?: number;
}

export function attemptSettled(lane: Lane, settings: LaneSettings, ended: Ended): Settlement {
  const flight = lane.flights.get(ended.position);
  if (flight === undefined) throw new Error(`no attempt is in flight for position ${ended.position}`);
  lane.flights.delete(ended.position);
  if (flight.room === "retry") lane.retriesInFlight -= 1;
  return ended.result.errorClass === null
    ? delivered(lane, settings, { ...ended, flight })
    : failed(lane, settings, { ...ended, flight });
}

function delivered(lane: Lane, settings: LaneSettings, ended: Ended & { flight: Flight }): Settlement {
  const { position, flight, nowMs } = ended;
  const changes: ParkedChange[] = [];
  if (flight.hasRow) {
    changes.push({ do: "unpark", position });
    pageSettled(lane.parked, position, isCounted(flight));
  }
  if (lane.order !== null) orderedEnded(lane, position, null);
  const recovery = noteSuccess(lane, nowMs);
  if (recovery === null) windowDelivered(lane.window, settings.maxInFlight);
  else changes.push(recovery);
  const state = nextDeliveryState("sending", "succeeded");
  const breaker = recovery === null ? null : "closed";
  return { flight, state, changes, disable: null, breaker, outage: endOutage(lane) };
}

/** After a success. */
export function endOutage(lane: Lane): Outage | null {
  const { outageSinceMs: sinceMs } = lane;
  if (sinceMs === null) return null;
  lane.outageSinceMs = null;
  return { is: "ended", sinceMs };
}

/** After the breaker opened; null where the outage goes on, such as one that a person enabled the endpoint in. */
function beginOutage(lane: Lane): Outage | null {
  if (lane.outageSinceMs !== null) return null;
  const sinceMs = lane.breaker.failingSinceMs ?? 0;
  lane.outageSinceMs = sinceMs;
  return { is: "began", sinceMs };
}

/**
 * The endpoint answers. Where its breaker was open it closes, the pace starts low, and what was given up meanwhile is
 * due.
 */
export function noteSuccess(lane: Lane, nowMs: number): ParkedChange | null {
  if (nowMs >= lane.pausedUntilMs) lane.pausedUntilMs = 0;
  const sinceMs = breakerSucceeded(lane.breaker);
  if (sinceMs === null) return null;
  windowRestart(lane.window, nowMs);
  return outageEnded(lane, sinceMs, nowMs);
}

function failed(lane: Lane, settings: LaneSettings, ended: Ended & { flight: Flight }): Settlement {
  const { position, flight, result, nowMs } = ended;
  if (isCongestion(result)) windowCongested(lane.window, { startedAtMs: flight.startedAtMs, nowMs });
  const meaning = noteFailure(lane, settings, ended);
  if (!flight.hasRow && isAhead(lane, position)) {
    orderedEnded(lane, position, null);
    return { flight, state: nextDeliveryState("sending", "cancelled"), changes: [], ...meaning };
  }
  const row = orderedRow(lane, { settings, row: rowAfter(settings, ended), flight });
  const changes = [parkFailed(lane, row, isCounted(flight))];
  orderedEnded(lane, position, row);
  return { flight, state: row.state, changes, ...meaning };
}

/** Whether the page counts its row: not those that were given up. */
const isCounted = (flight: Flight): boolean => flight.hasRow && flight.from !== "exhausted";

/** What a failure means for the endpoint: its pause, its breaker, and whether it is to be disabled. */
export function noteFailure(
  lane: Lane,
  settings: LaneSettings,
  failure: Omit<Ended, "position"> & { readonly flight: Flight },
): Pick<Settlement, "disable" | "breaker" | "outage"> {
  const { flight, result, nowMs, random } = failure;
  if (result.retryAfterMs !== null) {
    lane.pausedUntilMs = Math.max(lane.pausedUntilMs, nowMs + boundedRetryAfterMs(result.retryAfterMs));
  }
  const wasOpen = isOpen(lane.breaker);
  const wasProbe = flight.trigger === "probe";
  if (result.isEcho !== true || wasProbe) breakerFailed(lane.breaker, { nowMs, random, wasProbe });
  const isFailing = !isBeyondSchedule(flight) && isFailingTooLong(lane, settings, nowMs);
  const disable = isGone(result) ? "gone" : isFailing ? "failing" : null;
  if (disable !== null) lane.isHalted = true;
  const hasOpened = !wasOpen && isOpen(lane.breaker);
  return { disable, breaker: hasOpened ? "opened" : null, outage: hasOpened ? beginOutage(lane) : null };
}

/** The row of a delivery whose attempt failed. */
export function rowAfter(settings: LaneSettings, failure: Ended & { readonly flight: Flight }): ParkedDelivery {
  const { position, flight, result, nowMs } = failure;
  const next = isGone(result) ? { step: flight.step, dueAtMs: nowMs } : nextTry(flight, settings, failure);
  const state = nextDeliveryState("sending", next === null ? "failedLast" : "failed") as ParkedState;
  const { step, dueAtMs } = next ?? { step: flight.step + 1, dueAtMs: nowMs };
  return { position, state, attempts: flight.number, step, dueAtMs };
}

/** Notes the row in the page of what waits. */
export function parkFailed(lane: Lane, row: ParkedDelivery, hadRow: boolean): ParkedChange {
  if (row.state === "retrying") pageAdd(lane.parked, row, !hadRow);
  else if (!isSettledState(row.state)) pageHeld(lane.parked, row.position, !hadRow);
  else pageGivenUp(lane.parked, row.position, hadRow);
  return { do: "park", row };
}

/** A probe with what was given up: it may be the one event that an endpoint which is well never takes. */
const isBeyondSchedule = (flight: Flight): boolean =>
  flight.trigger === "probe" && (flight.from === "exhausted" || flight.from === "blocked");

const isGone = (result: AttemptResult): boolean => result.status === 410;

/** When the delivery is tried again, or null when it is given up. */
function nextTry(
  flight: Flight,
  settings: LaneSettings,
  now: { readonly nowMs: number; readonly random: number; readonly acceptedAtMs?: number },
): { step: number; dueAtMs: number } | null {
  // A probe that went before the delivery was due is beside its schedule: an outage must not use the schedule up early.
  // Nor must replays.
  const isBeside = flight.trigger === "probe" || flight.trigger === "replay";
  const isBesideSchedule = isBeside && flight.startedAtMs < flight.dueAtMs;
  if (isBesideSchedule) return { step: flight.step, dueAtMs: flight.dueAtMs };
  const { nowMs, random, acceptedAtMs } = now;
  const dueAtMs = nextDueAtMs(settings, { step: flight.step, nowMs, random, acceptedAtMs });
  if (dueAtMs !== null) return { step: flight.step + 1, dueAtMs };
  return flight.outlivedOutage ? { step: 0, dueAtMs: nowMs } : null;
}

function isFailingTooLong(lane: Lane, settings: LaneSettings, nowMs: number): boolean {
  const { failingSinceMs } = lane.breaker;
  const { disableAfterMs } = settings;
  return disableAfterMs !== null && failingSinceMs !== null && nowMs - failingSinceMs >= disableAfterMs;
}
