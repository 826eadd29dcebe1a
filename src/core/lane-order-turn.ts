/**
 * Whose turn it is in an ordered lane: `turnCame` for those. The same share for retries, the same window and the same
 * breaker as anywhere; only that of each key one goes, the first that is not settled. Part of `lane.ts`.
 */
import type { AttemptTrigger } from "./attempt.ts";
import { nextDeliveryState, type ParkedDelivery } from "./delivery.ts";
import { lineKey, noKey, unknownKey } from "./lane-key.ts";
import { beginLearning } from "./lane-learn.ts";
import { keyFlies, type LaneOrder, type Line, strictStands } from "./lane-lines.ts";
import { orderUnknown, roomOfHeld, rowsPerKey, sendOrdered, spill } from "./lane-order.ts";
import { leavesProbe, parkedProbeStep } from "./lane-probe.ts";
import { beginLoad, firstTurnsPerRetry, register, roomOfFirst, sendParked } from "./lane-send.ts";
import { knowsAllRows, type Lane, type LaneSettings, type LaneTurn, type Room, rowsKnown } from "./lane-state.ts";
import { limits } from "./limits.ts";
import { pageAdd, pageTake, pageWantsLoad } from "./parked-page.ts";
import { windowLimit } from "./window.ts";

/** Keys that are asked for at once, and lines that are ready beyond which no more are asked for. */
const keysPerLoad = 64;
/** Events that are held for the sake of one probe; then it is a parked delivery's turn. */
const passedPerProbe = 16;

interface Now {
  readonly nowMs: number;
  readonly room: Readonly<Record<Room, boolean>>;
}

interface Ready {
  readonly key: number;
  readonly line: Line;
  readonly position: number;
  readonly row: ParkedDelivery | null;
}

/** The endpoint is enabled and asked for no pause. */
export function orderedTurn(lane: Lane, order: LaneOrder, given: { settings: LaneSettings; now: Now }): LaneTurn {
  const { settings, now } = given;
  if (order.knowledge === "unknown") return beginLearning(lane, order);
  if (order.knowledge === "asked") return { do: "rest", untilMs: null };
  const changes = spill(lane, order, now.nowMs);
  if (changes.length > 0) return { do: "note", changes };
  if (order.loading === null && order.wanted.size > 0 && order.ready.length < keysPerLoad) return beginKeys(order);
  const ready = firstReady(order);
  const waits = ready === null ? null : waitsForItsTime(lane, order, { ...ready, settings, nowMs: now.nowMs });
  if (waits !== null) return waits;
  if (lane.breaker.probeAtMs !== null) return orderedProbe(lane, order, { ready, now, atMs: lane.breaker.probeAtMs });
  const limit = windowLimit(lane.window, settings.maxInFlight);
  if (lane.flights.size >= limit) return { do: "rest", untilMs: null };
  if (pageWantsLoad(lane.parked)) return beginLoad(lane);
  return nextOrdered(lane, order, { ready, now, limit });
}

function nextOrdered(
  lane: Lane,
  order: LaneOrder,
  given: { readonly ready: Ready | null; readonly now: Now; readonly limit: number },
): LaneTurn {
  const { ready, now, limit } = given;
  const { nowMs, room } = now;
  const unread = lane.unsent.length > 0 || mayRead(lane, order);
  const due = firstDue(lane, order, nowMs);
  const retriesMax = ready !== null || unread ? Math.max(1, Math.floor(limit / 4)) : limit;
  const mayRetry = lane.retriesInFlight < retriesMax;
  const isRetrysTurn = lane.firstTurnsDue === 0 || (ready === null && !unread);
  if (due !== null && mayRetry && isRetrysTurn && room.retry) {
    lane.firstTurnsDue = firstTurnsPerRetry;
    return sendRow(lane, order, { row: due, nowMs, trigger: "retry" });
  }
  const isTried = ready?.row != null && ready.row.attempts > 0;
  const readyMayGo = ready !== null && (mayRetry || !isTried);
  if (readyMayGo && room[roomOfHeld(lane, ready.row)]) {
    return sendReady(lane, order, { ready, nowMs, trigger: isTried ? "retry" : "first" });
  }
  if (unread && room[roomOfFirst(lane)]) return nextUnread(lane, order, nowMs);
  if (unread || readyMayGo || (due !== null && mayRetry)) return { do: "yield" };
  const [row] = lane.parked.rows;
  if (knowsAllRows(lane)) lane.parked.total = rowsKnown(lane);
  return { do: "rest", untilMs: row === undefined || row.dueAtMs <= nowMs ? null : row.dueAtMs };
}

/**
 * One probe at a time, as anywhere: the next event and a parked delivery in turns. Never one behind another of its key:
 * to find an event that may go, a few may be read that are held.
 */
function orderedProbe(
  lane: Lane,
  order: LaneOrder,
  given: { readonly ready: Ready | null; readonly now: Now; readonly atMs: number },
): LaneTurn {
  const { ready, atMs } = given;
  const { nowMs, room } = given.now;
  if (lane.flights.size > 0 || lane.parked.loading !== null || order.loading !== null) {
    return { do: "rest", untilMs: null };
  }
  if (nowMs < atMs) return { do: "rest", untilMs: atMs };
  if (!room.retry) return { do: "yield" };
  if (pageWantsLoad(lane.parked)) return beginLoad(lane);
  const { failedProbes, failingSinceMs } = lane.breaker;
  const rows = lane.parked.rows.filter((row) => isHead(order, row));
  const reads = mayRead(lane, order);
  const hasFirst = ready !== null || lane.unsent.length > 0 || (reads && order.passedForProbe < passedPerProbe);
  if (hasFirst && (rows.length === 0 || failedProbes % 2 === 0)) {
    return ready === null ? nextUnread(lane, order, nowMs) : sendReady(lane, order, { ready, nowMs, trigger: "probe" });
  }
  const left = hasFirst || reads ? null : leavesProbe(lane, nowMs);
  if (left !== null) return left;
  const row = rows[parkedProbeStep(lane, hasFirst, nowMs) % rows.length];
  if (row !== undefined) return sendRow(lane, order, { row, nowMs, trigger: "probe" });
  if (lane.parked.mayHaveGivenUp) return beginLoad(lane, failingSinceMs);
  return reads ? nextUnread(lane, order, nowMs) : { do: "rest", untilMs: null };
}

const mayRead = (lane: Lane, order: LaneOrder): boolean =>
  !lane.caughtUp &&
  lane.parked.total < limits.parkedPerEndpoint &&
  order.waiting < limits.heldInMemory &&
  !strictStands(order);

/** Those without a subject that were held over a restart; what has a key went to its line. */
function nextUnread(lane: Lane, order: LaneOrder, nowMs: number): LaneTurn {
  if (lane.firstTurnsDue > 0) lane.firstTurnsDue -= 1;
  const position = lane.unsent.shift();
  return position === undefined ? { do: "read" } : sendOrdered(lane, order, { position, key: noKey, nowMs });
}

function beginKeys(order: LaneOrder): LaneTurn {
  const keys = [...order.wanted.values().take(keysPerLoad)];
  for (const key of keys) order.wanted.delete(key);
  order.loading = { keys, changed: new Set() };
  return { do: "loadKeys", keys, limit: rowsPerKey, ticket: order.ticket };
}

/** The first line that may move. Those that were emptied since are passed over. */
function firstReady(order: LaneOrder): Ready | null {
  for (let key = order.ready[0]; key !== undefined; key = order.ready[0]) {
    const line = order.lines.get(key);
    const head = line?.held[0];
    if (line !== undefined && head !== undefined && line.inFlight === 0) return { key, line, ...head };
    order.ready.shift();
    if (line !== undefined) line.isReady = false;
  }
  return null;
}

/** The head of a line is not due yet, or is blocked: then no more than its key is in memory. */
function waitsForItsTime(
  lane: Lane,
  order: LaneOrder,
  head: Ready & { readonly settings: LaneSettings; readonly nowMs: number },
): LaneTurn | null {
  const { key, row } = head;
  if (row === null || (row.state !== "blocked" && row.dueAtMs <= head.nowMs)) return null;
  order.lines.delete(key);
  if (row.state === "blocked") {
    if (head.settings.onExhausted === "block") return { do: "note", changes: [] };
    // It was, when it was given up.
    orderUnknown(lane);
    return { do: "note", changes: [{ do: "unblockAll" }] };
  }
  if (row.state === "held") nextDeliveryState(row.state, "due");
  const due: ParkedDelivery = { ...row, state: "retrying" };
  pageTake(lane.parked, row.position);
  pageAdd(lane.parked, due, false);
  return { do: "note", changes: [{ do: "park", row: due }] };
}

function sendReady(
  lane: Lane,
  order: LaneOrder,
  sent: { readonly ready: Ready; readonly nowMs: number; readonly trigger: AttemptTrigger },
): LaneTurn {
  const { nowMs, trigger } = sent;
  const { key, line, position, row } = sent.ready;
  if (lane.firstTurnsDue > 0) lane.firstTurnsDue -= 1;
  line.held.shift();
  line.isReady = false;
  order.ready.shift();
  if (row === null) {
    order.waiting -= 1;
    return sendOrdered(lane, order, { position, key, nowMs });
  }
  pageTake(lane.parked, position);
  keyFlies(order, position, key);
  if (trigger === "probe") order.passedForProbe = 0;
  return register(lane, position, {
    number: row.attempts + 1,
    step: row.step,
    trigger,
    room: trigger === "probe" ? "retry" : roomOfHeld(lane, row),
    startedAtMs: nowMs,
    from: row.state === "sending" ? "retrying" : row.state,
    dueAtMs: row.dueAtMs,
    hasRow: true,
    outlivedOutage: false,
  });
}

/** A row that is due, or the probe's. */
function sendRow(
  lane: Lane,
  order: LaneOrder,
  sent: { readonly row: ParkedDelivery; readonly nowMs: number; readonly trigger: AttemptTrigger },
): LaneTurn {
  const { row, nowMs, trigger } = sent;
  if (trigger === "probe") order.passedForProbe = 0;
  keyFlies(order, row.position, row.key ?? unknownKey);
  return sendParked(lane, row, { nowMs, trigger });
}

function firstDue(lane: Lane, order: LaneOrder, nowMs: number): ParkedDelivery | null {
  for (const row of lane.parked.rows) {
    if (row.dueAtMs > nowMs) return null;
    if (isHead(order, row)) return row;
  }
  return null;
}

/** False while another of its key is on its way or ready to go, or the store is asked which one that is. */
function isHead(order: LaneOrder, { key = unknownKey }: ParkedDelivery): boolean {
  const isAsked = order.wanted.has(key) || order.loading?.keys.includes(key) === true;
  return !isAsked && !order.lines.has(lineKey(key));
}
