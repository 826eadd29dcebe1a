/**
 * What a lane is: its state while it runs, the record that the journal keeps of it, and the words in which it is told
 * what to do. What happens to it is in `lane.ts`.
 */
import type { AttemptTrigger } from "./attempt.ts";
import { type Breaker, closedBreaker, longestProbePauseMs } from "./breaker.ts";
import type { DeliveryState, ParkedDelivery } from "./delivery.ts";
import type { Endpoint } from "./endpoint.ts";
import type { OrderSettings } from "./endpoint-order.ts";
import { type LaneOrder, newOrder, waitingPositions } from "./lane-lines.ts";
import { limits } from "./limits.ts";
import { type ParkedPage, unloadedPage } from "./parked-page.ts";
import type { RetryRule } from "./retry-policy.ts";
import { openWindow, type Window } from "./window.ts";

/** What a lane needs to know of its endpoint. A change takes effect with the next happening. */
export type LaneSettings = Pick<Endpoint, "status" | "maxInFlight" | "retry" | "disableAfterMs"> &
  RetryRule &
  Partial<OrderSettings>;

/**
 * First attempts to healthy endpoints never wait behind retries or behind endpoints that fail: these have room of their
 * own.
 */
export type Room = "first" | "retry";

export interface Flight {
  /** 1 for the first attempt of the delivery. */
  readonly number: number;
  readonly step: number;
  readonly trigger: AttemptTrigger;
  readonly room: Room;
  readonly startedAtMs: number;
  /** The delivery's state before this attempt. */
  readonly from: DeliveryState;
  /** When it was due, or given up, before this attempt. */
  readonly dueAtMs: number;
  /**
   * True while the delivery has a row in the store; for an attempt by hand or of a replay, while it keeps that row from
   * being sent.
   */
  hasRow: boolean;
  /** Set when another process took the lane over: what has not gone yet does not go any more. */
  isLost?: boolean;
  /** Set when an outage ended meanwhile: should this attempt be the last of its schedule and fail, it starts anew. */
  outlivedOutage: boolean;
}

export interface Lane {
  /** Every position up to here was taken up, or left out by the filter. */
  readPosition: number;
  /** True while no event that the filter takes lies between `readPosition` and what was dispatched. */
  caughtUp: boolean;
  /** Attempts in flight, by position. */
  readonly flights: Map<number, Flight>;
  /** Attempts that a person or a replay asked for, beside the others and outside the window. */
  readonly manuals: Map<number, Flight>;
  /** Taken up before a restart and not settled then: sent before anything is read. */
  unsent: number[];
  readonly parked: ParkedPage;
  readonly window: Window;
  readonly breaker: Breaker;
  /** Set by `Retry-After`; 0 when it never was. */
  pausedUntilMs: number;
  /** Its endpoint is to be disabled: nothing goes until a person enables it, also while that is being written. */
  isHalted: boolean;
  retriesInFlight: number;
  /** Turns that first attempts have before the next retry, where there are any. */
  firstTurnsDue: number;
  readonly replays: ReplayRest;
  /**
   * Since when the endpoint had been failing when its breaker opened; null again after a success, and only then. A
   * person who enables the endpoint ends no outage.
   */
  outageSinceMs: number | null;
  /** Null where nothing is ordered. */
  order: LaneOrder | null;
  /** How often it was asked which keys stand: an answer to another question than the last is not heard. */
  keyQuestions: number;
}

/** Replays whose attempts opened the breaker leave the endpoint to the others for a while. */
export interface ReplayRest {
  untilMs: number;
  /** How often their attempts opened it. */
  openings: number;
  /** What they delivered since. */
  delivered: number;
  /** When one last wanted to send while it was open. */
  askedAtMs: number;
}

/** What the journal keeps of a lane: enough to go on where it was, sending again only what was in flight. */
export interface LaneRecord {
  readonly endpointNumber: number;
  readonly readPosition: number;
  /** Positions up to `readPosition` that are neither settled nor parked. */
  readonly pending: readonly number[];
  /** False: it has nothing to do up to what was dispatched, and its position is that one. */
  readonly behind: boolean;
  readonly health: LaneHealth | null;
}

/** Null in a record of a lane whose last attempt succeeded. */
export interface LaneHealth extends Breaker {
  readonly pausedUntilMs: number;
  /** Absent while there is no outage. */
  readonly outageSinceMs?: number;
}

export type LaneTurn =
  | { readonly do: "send"; readonly position: number; readonly flight: Flight }
  /** Read on from `readPosition` until the filter takes an event. */
  | { readonly do: "read" }
  /**
   * Ask the store for the parked deliveries that are due first; where none waits and `givenUpSinceMs` is a time, for the
   * one that was given up first since then.
   */
  | { readonly do: "load"; readonly limit: number; readonly ticket: number; readonly givenUpSinceMs: number | null }
  /** Of an ordered lane: rows changed; when they are noted it wants its next turn. */
  | { readonly do: "note"; readonly changes: readonly ParkedChange[] }
  /** Of an ordered lane: ask the store which keys stand (`keysLearnt`), and for the keys of these positions. */
  | { readonly do: "learn"; readonly ticket: number; readonly positions: readonly number[] }
  /** Of an ordered lane: ask the store for the first rows of these keys, by position (`keysLoaded`). */
  | { readonly do: "loadKeys"; readonly keys: readonly number[]; readonly limit: number; readonly ticket: number }
  /** It wants to send, and the room for it is full. */
  | { readonly do: "yield" }
  /** Nothing to do until then, or until something happens. */
  | { readonly do: "rest"; readonly untilMs: number | null };

/** A change of the rows of parked deliveries, to be journalled. */
export type ParkedChange =
  | { readonly do: "park"; readonly row: ParkedDelivery }
  | { readonly do: "unpark"; readonly position: number }
  /**
   * What was exhausted since the endpoint began to fail is due again, with a fresh schedule. `isOrdered`: what was
   * blocked kept its place, and is held until its turn; what was not has a `looseKey`.
   */
  | { readonly do: "revive"; readonly sinceMs: number; readonly dueAtMs: number; readonly isOrdered?: true }
  /** Everything that is not settled stands in one line from now on; what was blocked is tried once more. */
  | { readonly do: "holdAll" }
  /** Nothing is ordered any more: what was held is due when its time comes, without a key, and nothing is blocked. */
  | { readonly do: "releaseAll" }
  /** What was blocked is exhausted, and in nobody's way. */
  | { readonly do: "unblockAll" }
  | { readonly do: "cancelAll" }
  /** The lane reads on from here: what is parked beyond it is sent when the lane comes to it. */
  | { readonly do: "cancelBeyond"; readonly position: number };

export function startLane(
  record: Omit<LaneRecord, "endpointNumber">,
  parkedTotal: number,
  settings: Partial<OrderSettings & Pick<Endpoint, "kind" | "maxInFlight">> = {},
): Lane {
  const { health } = record;
  const lane: Lane = {
    readPosition: record.readPosition,
    caughtUp: !record.behind,
    flights: new Map(),
    manuals: new Map(),
    unsent: [...record.pending],
    parked: unloadedPage(parkedTotal),
    window: openWindow(settings),
    breaker: closedBreaker(),
    pausedUntilMs: 0,
    isHalted: false,
    retriesInFlight: 0,
    firstTurnsDue: 0,
    replays: { untilMs: 0, openings: 0, delivered: 0, askedAtMs: Number.NEGATIVE_INFINITY },
    outageSinceMs: null,
    keyQuestions: 0,
    order: newOrder(settings, parkedTotal === 0 && record.pending.length === 0),
  };
  if (health === null) return lane;
  const { pausedUntilMs, outageSinceMs, ...breaker } = health;
  Object.assign(lane.breaker, breaker);
  lane.pausedUntilMs = pausedUntilMs;
  lane.outageSinceMs = outageSinceMs ?? (breaker.probeAtMs === null ? null : breaker.failingSinceMs);
  if (breaker.consecutiveFailures > 0) lane.window.size = 1;
  return lane;
}

/** A stored record of a log that has lost its last events since: what was read of those is not read. */
export function recordWithin<Stored extends LaneRecord>(record: Stored, head: number): Stored {
  if (record.readPosition <= head) return record;
  return { ...record, readPosition: head, pending: record.pending.filter((position) => position <= head) };
}

/** A stored health whose times lie further ahead than any rule allows was written while the clock was wrong. */
export function boundedHealth(health: LaneHealth, nowMs: number): LaneHealth {
  const { probeAtMs, failingSinceMs, pausedUntilMs } = health;
  return {
    ...health,
    probeAtMs: probeAtMs === null ? null : Math.min(probeAtMs, nowMs + longestProbePauseMs),
    failingSinceMs: failingSinceMs === null ? null : Math.min(failingSinceMs, nowMs),
    pausedUntilMs: Math.min(pausedUntilMs, nowMs + limits.retryAfterMsMax),
  };
}

/** True where every row that is not settled is in memory, or in flight. */
export function knowsAllRows({ order, parked }: Lane): boolean {
  if (parked.horizonMs !== Number.POSITIVE_INFINITY) return false;
  return order === null || (order.knowledge === "known" && order.standing.size === 0);
}

/** How many rows are not settled, where all of them are in memory. */
export function rowsKnown(lane: Lane): number {
  let total = 0;
  for (const { state } of lane.parked.rows) if (state !== "exhausted") total += 1;
  for (const { hasRow, from } of [...lane.flights.values(), ...lane.manuals.values()]) {
    if (hasRow && from !== "exhausted") total += 1;
  }
  return total;
}

/** Positions up to `readPosition` that a crash must not lose and that have no row; ascending. */
export function pendingPositions(lane: Lane): number[] {
  const pending = [...lane.unsent];
  for (const [position, flight] of lane.flights) {
    if (!flight.hasRow && position <= lane.readPosition) pending.push(position);
  }
  if (lane.order !== null) pending.push(...waitingPositions(lane.order));
  return pending.sort((left, right) => left - right);
}

/** True where the lane has yet to come to a position, though it may have been there before. */
export const isAhead = (lane: Lane, position: number): boolean => !lane.caughtUp && position > lane.readPosition;

/** The endpoint's cursor: everything up to here is settled or parked. */
export function laneCursor(lane: Lane): number {
  const first = pendingPositions(lane)[0];
  return first === undefined ? lane.readPosition : Math.min(first - 1, lane.readPosition);
}

export function laneRecord(lane: Lane, endpointNumber: number): LaneRecord {
  const { readPosition, caughtUp, pausedUntilMs, breaker, outageSinceMs } = lane;
  const pending = pendingPositions(lane);
  const isWell = breaker.consecutiveFailures === 0 && pausedUntilMs === 0 && outageSinceMs === null;
  return {
    endpointNumber,
    readPosition,
    pending,
    behind: !caughtUp || pending.length > 0,
    health: isWell ? null : { ...breaker, pausedUntilMs, ...(outageSinceMs !== null && { outageSinceMs }) },
  };
}
