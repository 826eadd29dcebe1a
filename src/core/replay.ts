/**
 * A replay: a range of the log sent to one endpoint again, beside its live traffic. It counts first, and then sends.
 * This table is the only place that says which status may follow which; everyone else asks `nextReplayStatus`.
 */
import type { ParkedDelivery } from "./delivery.ts";
import { type TypeFilter, typeFilter } from "./filter.ts";

const replayMoves = {
  /** The events that it will send are being counted. */
  counting: {
    counted: "counted",
    started: "running",
    paused: "paused",
    resumed: "counting",
    cancelled: "cancelled",
    failed: "failed",
  },
  running: {
    paused: "paused",
    resumed: "running",
    completed: "completed",
    cancelled: "cancelled",
    failed: "failed",
  },
  /** Before its count ended, or after. */
  paused: { paused: "paused", recounted: "counting", resumed: "running", cancelled: "cancelled", failed: "failed" },
  /** It was to count only. */
  counted: {},
  completed: {},
  cancelled: {},
  /** It cannot go on: its endpoint was deleted, or retention passed it. `reason` says which. */
  failed: {},
} as const;

export type ReplayStatus = keyof typeof replayMoves;
export type ReplayMove =
  | "counted"
  | "started"
  | "paused"
  | "resumed"
  | "recounted"
  | "completed"
  | "cancelled"
  | "failed";

/** Null where the move is not legal. */
export function nextReplayStatus(status: ReplayStatus, move: ReplayMove): ReplayStatus | null {
  return (replayMoves[status] as Partial<Record<ReplayMove, ReplayStatus>>)[move] ?? null;
}

export const replayStatuses = Object.keys(replayMoves) as readonly ReplayStatus[];

/** True where nothing may follow. */
export const hasEnded = (status: ReplayStatus): boolean => Object.keys(replayMoves[status]).length === 0;

export const replaySelections = ["all", "failed", "parked"] as const;
export type ReplaySelection = (typeof replaySelections)[number];

export interface Replay {
  readonly id: string;
  readonly endpointNumber: number;
  readonly endpointId: string;
  /** The first position and the last, both included. */
  readonly first: number;
  readonly last: number;
  /** Patterns of event types, as asked for or else those of the endpoint when it was made; empty takes all. */
  readonly types: readonly string[];
  /**
   * `failed`: only events that were not delivered to the endpoint. `parked`: only deliveries that failed and have a
   * row, because they wait for a retry or were given up: a recovery.
   */
  readonly only: ReplaySelection;
  readonly isDryRun: boolean;
  readonly status: ReplayStatus;
  readonly reason: string | null;
  /** Everything up to here was counted. */
  readonly countedThrough: number;
  /**
   * Events that it will send; a number that grows while it counts. Of those, what was delivered meanwhile (where it
   * sends only what was not) and what retention removed is not sent.
   */
  readonly matched: number;
  /** Everything up to here was sent, or left out. What was sent beyond is sent again after a crash, and not counted. */
  readonly position: number;
  readonly delivered: number;
  /** Attempts that failed; their deliveries are parked, and retried like any other. */
  readonly failed: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What a person asks for when a replay is made, as positions. */
export type ReplayPlan = Pick<
  Replay,
  "endpointNumber" | "endpointId" | "first" | "last" | "types" | "only" | "isDryRun"
>;

export function newReplay(plan: ReplayPlan, made: { readonly id: string; readonly nowMs: number }): Replay {
  const before = plan.first - 1;
  return {
    ...plan,
    id: made.id,
    status: "counting",
    reason: null,
    countedThrough: before,
    matched: 0,
    position: before,
    delivered: 0,
    failed: 0,
    createdAtMs: made.nowMs,
    updatedAtMs: made.nowMs,
  };
}

/** The types that a replay takes: those that were asked for, or else those of the endpoint. */
export const replayTypes = (asked: readonly string[], ofEndpoint: readonly string[]): readonly string[] =>
  asked.length > 0 ? asked : ofEndpoint;

/** Which events a replay that is no recovery takes. `wasDelivered` says so of a position. */
export function replayFilter(
  replay: Pick<Replay, "types" | "only">,
): (
  event: { readonly position: number; readonly type: string },
  wasDelivered: (position: number) => boolean,
) => boolean {
  const takesType: TypeFilter = typeFilter(replay.types);
  return ({ position, type }, wasDelivered) => takesType(type) && (replay.only !== "failed" || !wasDelivered(position));
}

/** Whether the row of a delivery says that it failed, and is to be sent by a recovery. */
export const isToRecover = (row: ParkedDelivery | null): boolean =>
  row !== null && (row.state === "retrying" || row.state === "blocked" || row.state === "exhausted");

/** The move that ends a count, and the one that takes up what was paused. */
export const afterCount = (replay: Replay): ReplayMove => (replay.isDryRun ? "counted" : "started");
export const resumption = (replay: Replay): ReplayMove =>
  replay.status === "paused" && (replay.isDryRun || replay.countedThrough < replay.last) ? "recounted" : "resumed";
