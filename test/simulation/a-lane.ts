/** Builders for tests of lanes: each mentions only what it is about. */
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { ParkedDelivery } from "../../src/core/delivery.ts";
import {
  beginLoad,
  eventOffered,
  eventTaken,
  type Lane,
  type LaneSettings,
  parkedLoaded,
  startLane,
  turnCame,
} from "../../src/core/lane.ts";
import { attemptSettled, type Settlement } from "../../src/core/lane-settle.ts";

export const everyRoom = { first: true, retry: true };

export const someSettings = (changes: Partial<LaneSettings> = {}): LaneSettings => ({
  status: "enabled",
  maxInFlight: 64,
  retry: { delaysMs: [1_000, 60_000] },
  disableAfterMs: null,
  ...changes,
});

export const anAnswer = (status: number, retryAfterMs: number | null = null): AttemptResult => ({
  status,
  errorClass: status < 300 ? null : "http_status",
  errorDetail: null,
  durationMs: 1,
  responseBody: new Uint8Array(),
  responseTruncated: false,
  retryAfterMs,
});

export const aRow = (position: number, changes: Partial<ParkedDelivery> = {}): ParkedDelivery => ({
  position,
  state: "retrying",
  attempts: 2,
  step: 1,
  dueAtMs: 5_000,
  ...changes,
});

/** A lane that stands at a position, with what was pending when it was journalled. */
export const aLane = (readPosition = 0, pending: readonly number[] = [], parkedTotal = 0): Lane =>
  startLane({ readPosition, pending, behind: pending.length > 0, health: null }, parkedTotal);

/** The store answers at once, with all that it has. */
export function loads(lane: Lane, ...rows: ParkedDelivery[]): Lane {
  const { limit, ticket } = beginLoad(lane);
  parkedLoaded(lane, { rows, total: rows.length, limit, ticket });
  return lane;
}

export const turn = (lane: Lane, nowMs = 0, changes: Partial<LaneSettings> = {}, room = everyRoom) =>
  turnCame(lane, someSettings(changes), { nowMs, room });

/** The event is appended, read and sent. */
export function take(lane: Lane, position: number, nowMs = 0): void {
  eventOffered(lane, position);
  eventTaken(lane, position, nowMs);
}

/** The attempt that is in flight for a position ends. */
export function ends(
  lane: Lane,
  position: number,
  end: { status: number; nowMs?: number; retryAfterMs?: number; settings?: Partial<LaneSettings> },
): Settlement {
  const { status, nowMs = 0, retryAfterMs = null, settings } = end;
  const result = anAnswer(status, retryAfterMs);
  return attemptSettled(lane, someSettings(settings), { position, result, nowMs, random: 0.5 });
}
