/**
 * Whose the next probe is, where a lane has nothing but parked deliveries and a replay waits beside it: each has every
 * other one. An endpoint may never take what is parked, and is well all the same. Part of `lane.ts`.
 */
import type { Lane, LaneTurn } from "./lane-state.ts";

/** A lane leaves a replay so long to take its turn: replays ask several times in it. */
export const probePatienceMs = 1000;

export const isReplaysProbe = ({ breaker }: Lane): boolean => breaker.failedProbes % 2 === 1;

const replayWaits = ({ replays }: Lane, nowMs: number): boolean => nowMs - replays.askedAtMs < probePatienceMs;

/**
 * A probe is due: the lane leaves it to a replay whose turn it is, or whose probe is in flight.
 * Null where it is the lane's.
 */
export function leavesProbe(lane: Lane, nowMs: number): (LaneTurn & { do: "rest" }) | null {
  for (const { trigger } of lane.manuals.values()) if (trigger === "probe") return { do: "rest", untilMs: null };
  const untilMs = (lane.breaker.probeAtMs ?? nowMs) + probePatienceMs;
  const isLeft = isReplaysProbe(lane) && replayWaits(lane, nowMs) && nowMs < untilMs;
  return isLeft ? { do: "rest", untilMs } : null;
}

/** Counts the probes that are for parked deliveries. */
export const parkedProbeStep = (lane: Lane, hasFirst: boolean, nowMs: number): number =>
  hasFirst || replayWaits(lane, nowMs) ? lane.breaker.failedProbes >> 1 : lane.breaker.failedProbes;
