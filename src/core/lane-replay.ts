/**
 * A replay sends beside the lane, as a person does by hand: outside the window, and never what is in flight already.
 * Unlike a person's, its failures are failures of the endpoint, and of the delivery, which the endpoint's own retries
 * finish. Part of `lane.ts`.
 */
import type { AttemptResult } from "./attempt.ts";
import { breakerRule } from "./breaker.ts";
import type { DeliveryState, ParkedDelivery } from "./delivery.ts";
import { manualSettled, manualTurn } from "./lane-manual.ts";
import { noteFailure, parkFailed, rowAfter, type Settlement } from "./lane-settle.ts";
import { isAhead, type Lane, type LaneSettings, type LaneTurn } from "./lane-state.ts";
import { limits } from "./limits.ts";
import { pageTake, pageWantsLoad } from "./parked-page.ts";

/** So many that were delivered say that the endpoint takes what it is replayed. */
const deliveredToForgive = 100;

/**
 * Whether a replay may send to the endpoint now. `probe`: the breaker is open, a probe is due, and the endpoint has
 * nothing of its own to send, so that nobody else would ever find it well.
 */
export function replayPace(lane: Lane, settings: LaneSettings, nowMs: number): "send" | "probe" | "rest" {
  if (settings.status !== "enabled" || lane.isHalted || nowMs < lane.pausedUntilMs) return "rest";
  const { probeAtMs } = lane.breaker;
  if (probeAtMs === null) return isAtRest(lane, nowMs) ? "rest" : "send";
  return nowMs < probeAtMs || hasOwnProbe(lane) ? "rest" : "probe";
}

/**
 * Where replays have parked half of what may be parked, the rest is for live events: beyond it a lane reads no further.
 */
const isAtRest = ({ replays, parked }: Lane, nowMs: number): boolean =>
  nowMs < replays.untilMs || parked.total >= limits.parkedPerEndpoint / 2;

function hasOwnProbe(lane: Lane): boolean {
  if (lane.flights.size + lane.manuals.size + lane.unsent.length > 0 || !lane.caughtUp) return true;
  const { rows, loading, mayHaveGivenUp } = lane.parked;
  return rows.length > 0 || loading !== null || mayHaveGivenUp || pageWantsLoad(lane.parked);
}

/**
 * Null while the delivery is in flight as it is: its attempt is the replay's too. `known` is what the store said, and
 * may be a little old. Only where `replayPace` says so.
 */
export function replayTurn(
  lane: Lane,
  position: number,
  known: {
    readonly state: DeliveryState;
    readonly row: ParkedDelivery | null;
    readonly attempts: number;
    readonly nowMs: number;
    readonly isProbe: boolean;
  },
): (LaneTurn & { do: "send" }) | null {
  const { isProbe, ...rest } = known;
  // What was given up starts its schedule anew.
  const row = known.row?.state === "exhausted" ? null : known.row;
  return manualTurn(lane, position, { ...rest, row, trigger: isProbe ? "probe" : "replay" });
}

/**
 * `isTaken`: the endpoint's filter takes the event, so that the lane sends it by itself where it has yet to come there.
 */
export function replaySettled(
  lane: Lane,
  settings: LaneSettings,
  ended: {
    readonly position: number;
    readonly result: AttemptResult;
    readonly nowMs: number;
    readonly random: number;
    readonly isTaken: boolean;
  },
): Settlement {
  const { position, result, isTaken } = ended;
  if (result.errorClass === null) {
    lane.replays.delivered += 1;
    if (lane.replays.delivered >= deliveredToForgive) lane.replays.openings = 0;
    return manualSettled(lane, ended);
  }
  const flight = lane.manuals.get(position);
  if (flight === undefined) throw new Error(`no attempt of a replay is in flight for position ${position}`);
  lane.manuals.delete(position);
  const meaning = noteFailure(lane, settings, { ...ended, flight });
  if (meaning.breaker === "opened") restAfterOpening(lane, ended.nowMs);
  const isLanes = lane.flights.has(position) || (isTaken && !flight.hasRow && isAhead(lane, position));
  if (isLanes) return { flight, state: flight.from, changes: [], ...meaning };
  const waiting = pageTake(lane.parked, position);
  const hadRow = (waiting !== null && waiting.state !== "exhausted") || flight.hasRow;
  const row = rowAfter(settings, { ...ended, flight });
  return { flight, state: row.state, changes: [parkFailed(lane, row, hadRow)], ...meaning };
}

/**
 * The breaker closes with the first live event that the endpoint takes. Were the replay to go on at once with what it
 * does not take, live events would wait for a probe again and again.
 */
function restAfterOpening({ replays }: Lane, nowMs: number): void {
  const { firstPauseMs, longestPauseMs } = breakerRule;
  replays.untilMs = nowMs + Math.min(longestPauseMs, 2 * firstPauseMs * 2 ** Math.min(replays.openings, 20));
  replays.openings += 1;
  replays.delivered = 0;
}
