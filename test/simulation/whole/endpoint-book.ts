/** What is known of one endpoint while one process lives, and what that says of an attempt that begins. */
import assert from "node:assert/strict";
import { breakerRule } from "../../../src/core/breaker.ts";
import type { EndpointStatus } from "../../../src/core/endpoint.ts";
import type { Flight } from "../../../src/core/lane.ts";
import type { EndpointPlan } from "./plan.ts";

export interface EndpointBook {
  readonly number: number;
  readonly plan: EndpointPlan;
  maxInFlight: number;
  status: EndpointStatus;
  /** It answered 410: nothing goes until a person enables it. */
  isGone: boolean;
  failures: number;
  pauseBeganMs: number;
  pausedUntilMs: number;
  /** When it was stopped, paused, or its breaker opened: what was decided before goes all the same. */
  heldSinceMs: number;
  /** Attempts in flight, automatic ones only. */
  readonly inFlight: Set<number>;
  /** Attempts by hand and of replays in flight. */
  beside: number;
}

export interface SentAttempt {
  readonly book: EndpointBook;
  readonly position: number;
  readonly flight: Flight;
  /** When its lane decided; the request goes later where the event has to be read first. */
  readonly decidedAtMs: number;
}

/** The delay before the first probe, with what chance takes from it. */
const shortestPauseMs = 0.8 * breakerRule.firstPauseMs - 1;
/** As the rule stood when this book was opened: bugs are planted in it later. */
const { failuresToOpen } = breakerRule;

export const nothingKnown = () => ({
  isGone: false,
  failures: 0,
  pauseBeganMs: Number.NEGATIVE_INFINITY,
  pausedUntilMs: 0,
  heldSinceMs: Number.NEGATIVE_INFINITY,
  inFlight: new Set<number>(),
  beside: 0,
});

/** An attempt begins that nobody asked for by hand. */
export function assertMaySend({ book, position, flight, decidedAtMs }: SentAttempt, what: string): void {
  if (flight.trigger !== "replay") {
    assert.ok(!book.inFlight.has(position), `${what}: it is in flight already`);
    book.inFlight.add(position);
    assert.ok(book.inFlight.size <= book.maxInFlight, `${what}: ${book.inFlight.size} are in flight`);
  } else book.beside += 1;
  if (decidedAtMs <= book.heldSinceMs) return;
  assert.equal(book.status, "enabled", `${what}: the endpoint is ${book.status}`);
  assert.ok(!book.isGone, `${what}: the endpoint answered 410`);
  assert.ok(decidedAtMs >= book.pausedUntilMs - 1, `${what}: a pause was asked for until ${book.pausedUntilMs}`);
  if (book.failures < failuresToOpen) return;
  assert.equal(flight.trigger, "probe", `${what}: ${book.failures} failed in a row`);
  assert.equal(book.inFlight.size, 1, `${what}: more than one probe`);
  assert.ok(decidedAtMs - book.pauseBeganMs >= shortestPauseMs, `${what}: no pause before the probe`);
}

/** It failed, and was not one by hand: those say nothing of the endpoint. */
export function noteFailure({ book, flight }: SentAttempt, outcome: Outcome, nowMs: number): void {
  book.failures += 1;
  if (book.failures === failuresToOpen || flight.trigger === "probe") book.pauseBeganMs = nowMs;
  if (outcome.retryAfterMs !== null) book.pausedUntilMs = Math.max(book.pausedUntilMs, nowMs + outcome.retryAfterMs);
  if (outcome.status === 410) book.isGone = true;
  if (book.isGone || book.failures === failuresToOpen || outcome.retryAfterMs !== null) book.heldSinceMs = nowMs;
}

export interface Outcome {
  readonly isDelivered: boolean;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
}
