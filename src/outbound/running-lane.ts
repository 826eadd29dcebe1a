import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Lane } from "../core/lane.ts";
import type { Settlement } from "../core/lane-settle.ts";
import { type RecoveryPace, recoveryBegan, recoveryDelivered, recoveryOutageBegan } from "../core/recovery-pace.ts";
import { windowLimit } from "../core/window.ts";

/** A lane in memory, with what its owner must know beside the state machine. */
export interface RunningLane {
  /** Its endpoint as it is configured now. */
  endpoint: Endpoint;
  readonly lane: Lane;
  /** Where the endpoint's requests connect to, as far as its URL tells. */
  origin: string;
  /** True while it stands in a queue for a turn. */
  isQueued: boolean;
  /** True while a page of the log, or an event, is being read from the store for it. */
  isReading: boolean;
  /** When it wants a turn though nothing happens; null never. */
  wakeAtMs: number | null;
  /** Read from the store, for a lane that is behind what is in memory. */
  page: { readonly events: readonly StoredEvent[]; next: number; readonly through: number } | null;
  /** True while the store's record says, or may say, more than "at the dispatched position". */
  hasStoredRecord: boolean;
  /** True once its endpoint was deleted, or another process runs it. */
  isRemoved: boolean;
  /** True once another process runs it. */
  isLost: boolean;
  lastUsedMs: number;
  readonly recovery: RecoveryPace;
}

/** What an attempt that ended a moment ago, at `lastUsedMs`, says of the pace of its lane. */
export function notePace({ recovery, lane, lastUsedMs }: RunningLane, { state, breaker }: Settlement): void {
  if (state === "delivered") recoveryDelivered(recovery, lane.caughtUp, lastUsedMs);
  if (breaker === "opened") recoveryOutageBegan(recovery, lastUsedMs);
  else if (breaker === "closed") recoveryBegan(recovery, lastUsedMs);
}

/** What runs here stands for itself: it shares no receiver with others. */
export function originOf({ kind, url, id }: Pick<Endpoint, "kind" | "url" | "id">): string {
  return kind === "http" ? new URL(url).origin : `${kind}:${id}`;
}

/** Whether the lane sends nothing more before something that is in flight has ended. */
export function nothingMoreComes({ lane, endpoint }: RunningLane, nowMs: number): boolean {
  if (endpoint.batch === null) return false;
  const { breaker, flights, isHalted, pausedUntilMs, window } = lane;
  if (endpoint.status !== "enabled" || isHalted || nowMs < pausedUntilMs || breaker.probeAtMs !== null) return true;
  return flights.size >= windowLimit(window, endpoint.maxInFlight);
}
