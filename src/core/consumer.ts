/**
 * A consumer: a named cursor that a client moves by pulling and acknowledging. One client reads as it at a time, under
 * a lease; whoever lost its lease can no longer move the cursor, however late its requests arrive.
 */
import type { ErrorCode } from "./errors.ts";
import { limits } from "./limits.ts";

/** What is kept of a consumer. */
export interface Consumer {
  readonly name: string;
  readonly tenant: string;
  /** Patterns of event types; empty takes every type. */
  readonly types: readonly string[];
  /** An expression in CEL that events must satisfy; null takes all. */
  readonly filter: string | null;
  /** Only events with this subject; null takes all. */
  readonly subject: string | null;
  /** How long a fetch keeps others away. */
  readonly leaseMs: number;
  /** Everything up to here is acknowledged. */
  readonly position: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /**
   * The state that was told last, and how many tellings there were; absent before the first. `position`: where it was
   * then, where others may tell too.
   */
  readonly told?: { readonly state: ConsumerState; readonly times: number; readonly position?: number };
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/;

export const isConsumerName = (text: string): boolean =>
  text.length <= limits.consumerNameLength && namePattern.test(text);

/**
 * Who reads as a consumer. Where one process owns the store it is not kept: a restart ends every lease, which costs its
 * holder another fetch.
 */
export interface Lease {
  readonly token: string;
  /** What was acknowledged when it was taken. */
  readonly from: number;
  /** Everything beyond `from` and up to here was answered to its holder, or left out by the filter. */
  readonly fetchedThrough: number;
  /** When it runs out, unless `serving`. By the steady clock, or that of the store that keeps it. */
  readonly untilMs: number;
  /** Requests of its holder that are not answered yet. While there are any, it does not run out. */
  readonly serving: number;
  /** Until when these count: whoever serves them may be gone by then. Infinite where that is this process. */
  readonly servingUntilMs: number;
  /** False until an answer has carried the token: nobody can use it before. */
  readonly isTold: boolean;
}

/** How far a consumer is, and who reads as it. */
export interface Reading {
  readonly position: number;
  readonly leaseMs: number;
  readonly lease: Lease | null;
}

export type ReadingRequest =
  /**
   * To be answered what is beyond `after`, or beyond what is acknowledged where that is null. Without a `token` it
   * takes the lease `newToken`. `waitMs`: how long it waits at most, where its process may end without a word.
   */
  | {
      readonly ask: "fetch";
      readonly token: string | null;
      readonly newToken: string;
      readonly after: number | null;
      readonly waitMs?: number;
    }
  | { readonly ask: "acknowledge"; readonly token: string; readonly position: number }
  | { readonly ask: "seek"; readonly position: number }
  | { readonly ask: "release"; readonly token: string }
  /** A fetch or an acknowledgement is answered now; a fetch with everything up to `through`. */
  | { readonly ask: "answered"; readonly token: string; readonly through: number | null }
  /** A fetch or an acknowledgement ended without its answer: it failed, or its client is gone. */
  | { readonly ask: "dropped"; readonly token: string }
  /** What was decided could not be stored: back to what is. */
  | { readonly ask: "rollBack"; readonly position: number; readonly leaseMs: number };

export type ReadingDecision =
  | { readonly next: Reading }
  /** Nothing changes. `retryAfterMs`: when the lease of another may have ended; no clock makes it longer than one. */
  | { readonly refused: ErrorCode; readonly retryAfterMs?: number };

/** The only place that says who may move a consumer, and how far. */
export function decideReading(reading: Reading, request: ReadingRequest, nowMs: number): ReadingDecision {
  switch (request.ask) {
    case "fetch":
      return request.token === null
        ? takeLease(reading, request, nowMs)
        : underLease(reading, request.token, nowMs, (lease) => fetchAgain(reading, lease, request, nowMs));
    case "acknowledge":
      return underLease(reading, request.token, nowMs, (lease) => {
        return outOfReach(reading, lease, request.position) ?? acknowledged(reading, lease, request.position);
      });
    case "seek":
      return { next: { ...reading, position: request.position, lease: null } };
    case "release":
      return underLease(reading, request.token, nowMs, () => ({ next: { ...reading, lease: null } }));
    case "answered":
      return underLease(reading, request.token, nowMs, (lease) => answered(reading, lease, request.through, nowMs));
    case "dropped":
      return underLease(reading, request.token, nowMs, (lease) => dropped(reading, lease, nowMs));
    case "rollBack":
      return { next: rolledBack(reading, request) };
  }
}

/** What follows from the one, and then from the other, where both are decided at once. */
export function decideBoth(
  reading: Reading,
  [first, second]: readonly [ReadingRequest, ReadingRequest],
  nowMs: number,
): ReadingDecision {
  const decision = decideReading(reading, first, nowMs);
  return "next" in decision ? decideReading(decision.next, second, nowMs) : decision;
}

/** When the lease will have run out, if nothing more is heard of its holder; null while nobody has one. */
export function leasedUntilMs({ lease, leaseMs }: Reading, nowMs: number): number | null {
  if (lease === null) return null;
  if (isServing(lease, nowMs)) return Math.min(nowMs + leaseMs, lease.servingUntilMs);
  return lease.untilMs > nowMs ? lease.untilMs : null;
}

const isServing = ({ serving, servingUntilMs }: Lease, nowMs: number): boolean => serving > 0 && servingUntilMs > nowMs;

function underLease(
  reading: Reading,
  token: string,
  nowMs: number,
  decide: (lease: Lease) => ReadingDecision,
): ReadingDecision {
  const { lease } = reading;
  if (lease === null || lease.token !== token || leasedUntilMs(reading, nowMs) === null) {
    return { refused: "lease-stale" };
  }
  return decide(lease);
}

type FetchAsk = Extract<ReadingRequest, { ask: "fetch" }>;

function takeLease(reading: Reading, request: FetchAsk, nowMs: number): ReadingDecision {
  const heldUntilMs = leasedUntilMs(reading, nowMs);
  if (heldUntilMs !== null) {
    return { refused: "lease-held", retryAfterMs: Math.min(heldUntilMs - nowMs, reading.leaseMs) };
  }
  const from = reading.position;
  const lease: Lease = {
    ...{ token: request.newToken, from, fetchedThrough: from, untilMs: nowMs },
    ...{ serving: 0, servingUntilMs: nowMs, isTold: false },
  };
  return fetchAgain(reading, lease, request, nowMs);
}

function fetchAgain(reading: Reading, lease: Lease, { after, waitMs }: FetchAsk, nowMs: number): ReadingDecision {
  const refused = outOfReach(reading, lease, after ?? reading.position);
  if (refused !== null) return refused;
  const untilMs = waitMs === undefined ? Number.POSITIVE_INFINITY : nowMs + waitMs + reading.leaseMs;
  const served = isServing(lease, nowMs)
    ? { serving: lease.serving + 1, servingUntilMs: Math.max(lease.servingUntilMs, untilMs) }
    : { serving: 1, servingUntilMs: untilMs };
  return { next: { ...reading, lease: { ...lease, ...served } } };
}

function acknowledged(reading: Reading, lease: Lease, position: number): ReadingDecision {
  return { next: { ...reading, position, lease: { ...lease, serving: lease.serving + 1 } } };
}

/** A holder speaks of what it was answered and has not acknowledged. */
function outOfReach(reading: Reading, lease: Lease, position: number): ReadingDecision | null {
  if (position < reading.position) return { refused: "ack-backwards" };
  return position > Math.max(reading.position, lease.fetchedThrough) ? { refused: "ack-beyond-fetched" } : null;
}

function answered(reading: Reading, lease: Lease, through: number | null, nowMs: number): ReadingDecision {
  const served = {
    ...lease,
    fetchedThrough: Math.max(lease.fetchedThrough, through ?? 0),
    untilMs: nowMs + reading.leaseMs,
    serving: lessOne(lease),
    isTold: true,
  };
  return { next: { ...reading, lease: served } };
}

/** None is left where those that were served did not count any more. */
const lessOne = ({ serving }: Lease): number => Math.max(0, serving - 1);

/** A lease that nobody was told of would only keep its own client away when it comes again. */
function dropped(reading: Reading, lease: Lease, nowMs: number): ReadingDecision {
  if (!lease.isTold) return { next: { ...reading, lease: null } };
  const left = { ...lease, untilMs: nowMs + reading.leaseMs, serving: lessOne(lease) };
  return { next: { ...reading, lease: left } };
}

/** A lease taken beyond where the consumer is again would let its holder acknowledge what it never saw. */
function rolledBack({ lease }: Reading, { position, leaseMs }: { position: number; leaseMs: number }): Reading {
  return { position, leaseMs, lease: lease !== null && lease.from > position ? null : lease };
}

/** `at_risk`: retention comes near. `invalidated`: it passed, and only a seek helps. */
export type ConsumerState = "ok" | "at_risk" | "invalidated";

/** Near is beyond this part of what retention keeps, by age or by size. */
export const atRiskRatio = 0.8;

const gravity: Readonly<Record<ConsumerState, number>> = { ok: 0, at_risk: 1, invalidated: 2 };

/**
 * Whether a consumer is to be told of. One that looks better than what was told, and has not moved since, is seen by a
 * process whose clock or log is behind that of the one that told.
 */
export function isToBeTold({ told, position }: Pick<Consumer, "told" | "position">, state: ConsumerState): boolean {
  const before = told?.state ?? "ok";
  return state !== before && !(gravity[state] < gravity[before] && told?.position === position);
}

export interface RetentionFacts {
  /** The first position that is stored, and the last. */
  readonly earliest: number;
  readonly head: number;
  /** Events up to here are older than `atRiskRatio` of what retention keeps. */
  readonly oldThrough: number;
  /** Bytes of data in the log, and how many retention lets it have; null for no bound. */
  readonly logBytes: number;
  readonly bytesMax: number | null;
}

/** How near retention is to the next event that a consumer has not acknowledged. */
export function consumerState(position: number, log: RetentionFacts): ConsumerState {
  if (position < log.earliest - 1) return "invalidated";
  if (position >= log.head) return "ok";
  if (position < log.oldThrough) return "at_risk";
  const share = (log.head - position) / (log.head - log.earliest + 1);
  const isMuch = log.bytesMax !== null && log.logBytes * share > log.bytesMax * atRiskRatio;
  return isMuch ? "at_risk" : "ok";
}

/** Events between a consumer and the first that is stored; 0 while retention has not passed it. */
export const lostEvents = (position: number, earliest: number): number => Math.max(0, earliest - 1 - position);
