/**
 * A replay sends beside the lane, as a person does by hand: outside the window, and never what is in flight already.
 * Unlike a person's, its failures are failures of the endpoint, and of the delivery, which the endpoint's own retries
 * finish. Part of `lane.ts`.
 */
import type { AttemptResult } from "./attempt.ts";
import { breakerRule } from "./breaker.ts";
import type { DeliveryState, ParkedDelivery } from "./delivery.ts";
import { isLoose, lineKey, looseKey, noKey } from "./lane-key.ts";
import { isFreeKey, keyFlies } from "./lane-lines.ts";
import { manualSettled, manualTurn } from "./lane-manual.ts";
import { orderedEnded, orderedRow } from "./lane-order.ts";
import { isReplaysProbe } from "./lane-probe.ts";
import { noteFailure, parkFailed, rowAfter, type Settlement } from "./lane-settle.ts";
import { isAhead, type Lane, type LaneSettings, type LaneTurn } from "./lane-state.ts";
import { limits } from "./limits.ts";
import { pageTake, pageWantsLoad } from "./parked-page.ts";
import type { ReplayPlan } from "./replay.ts";

/** So many that were delivered say that the endpoint takes what it is replayed. */
const deliveredToForgive = 100;

/**
 * Whether a replay may send to the endpoint now. `probe`: the breaker is open, a probe is due, and no event of the
 * endpoint's own is to be it. Where that has parked ones, every other probe is the replay's: it may never take those,
 * and nobody else would find it well.
 */
export function replayPace(lane: Lane, settings: LaneSettings, nowMs: number): "send" | "probe" | "rest" {
  if (settings.status !== "enabled" || lane.isHalted || nowMs < lane.pausedUntilMs) return "rest";
  const { probeAtMs } = lane.breaker;
  if (probeAtMs === null) return nowMs < lane.replays.untilMs ? "rest" : "send";
  lane.replays.askedAtMs = nowMs;
  if (nowMs < probeAtMs || hasNextProbe(lane)) return "rest";
  return hasParkedProbe(lane) && !isReplaysProbe(lane) ? "rest" : "probe";
}

/**
 * Where replays have parked half of what may be parked, the rest is for live events: beyond it a lane reads no further.
 * A recovery sends what has a row already, and is what makes room.
 */
export const replayMayPark = ({ parked }: Lane, only: ReplayPlan["only"]): boolean =>
  only === "parked" || parked.total < limits.parkedPerEndpoint / 2;

/** Something is under way, or is next for the lane itself. */
function hasNextProbe(lane: Lane): boolean {
  const { flights, manuals, unsent, caughtUp, order, parked } = lane;
  if (flights.size + manuals.size + unsent.length > 0 || !caughtUp) return true;
  if (order !== null && order.ready.length + order.wanted.size > 0) return true;
  return parked.loading !== null || pageWantsLoad(parked);
}

const hasParkedProbe = ({ parked }: Lane): boolean => parked.rows.length > 0 || parked.mayHaveGivenUp;

/**
 * Whether the turn of an event may come in a replay. To an ordered endpoint it goes when the lane has been there, and
 * nothing of its key is under way or parked. `mayStand`: it may be the parked one itself, as in a recovery.
 */
export function replayMayGo(
  lane: Lane,
  event: { readonly position: number; readonly key: number; readonly mayStand?: boolean },
): boolean {
  const { order } = lane;
  if (order === null) return true;
  if (order.knowledge !== "known" || isAhead(lane, event.position)) return false;
  const key = lineKey(event.key);
  if (order.lines.has(key) || order.wanted.has(key) || order.loading?.keys.includes(key)) return false;
  return event.mayStand === true || isFreeKey(order, key);
}

/** By what it is held and holds others back: what was given up has lost its place. */
export function replayKey(key: number, row: ParkedDelivery | null): number {
  const hasLostPlace = row?.state === "exhausted" || (row?.key !== undefined && isLoose(row.key));
  return hasLostPlace && key > noKey ? looseKey(key) : key;
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
    /** By which an ordered lane holds others back; only where `replayMayGo` says so. */
    readonly key?: number;
  },
): (LaneTurn & { do: "send" }) | null {
  const { isProbe, key = noKey, ...rest } = known;
  // What was given up starts its schedule anew.
  const row = known.row?.state === "exhausted" || known.row?.state === "blocked" ? null : known.row;
  const turn = manualTurn(lane, position, { ...rest, row, trigger: isProbe ? "probe" : "replay" });
  if (turn !== null && lane.order !== null) keyFlies(lane.order, position, key);
  return turn;
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
    /** When its event was accepted, where the endpoint may not want it at any age. */
    readonly acceptedAtMs?: number;
    readonly isTaken: boolean;
  },
): Settlement {
  const { position, result, isTaken } = ended;
  if (result.errorClass === null) {
    lane.replays.delivered += 1;
    if (lane.replays.delivered >= deliveredToForgive) lane.replays.openings = 0;
    orderedEnded(lane, position, null);
    return manualSettled(lane, ended);
  }
  const flight = lane.manuals.get(position);
  if (flight === undefined) throw new Error(`no attempt of a replay is in flight for position ${position}`);
  lane.manuals.delete(position);
  const meaning = noteFailure(lane, settings, { ...ended, flight });
  if (meaning.breaker === "opened") restAfterOpening(lane, ended.nowMs);
  const isLanes = lane.flights.has(position) || (isTaken && !flight.hasRow && isAhead(lane, position));
  if (isLanes) {
    orderedEnded(lane, position, null);
    return { flight, state: flight.from, changes: [], ...meaning };
  }
  const waiting = pageTake(lane.parked, position);
  const wasCounted = flight.hasRow || flight.from === "blocked";
  const hadRow = (waiting !== null && waiting.state !== "exhausted") || wasCounted;
  const row = orderedRow(lane, { settings, row: rowAfter(settings, { ...ended, flight }), flight });
  const changes = [parkFailed(lane, row, hadRow)];
  orderedEnded(lane, position, row);
  return { flight, state: row.state, changes, ...meaning };
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
