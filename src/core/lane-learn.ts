/**
 * An ordered lane learns which keys stand: when it starts, and whenever rows changed as a whole or a person changed the
 * order itself. Nothing of it starts meanwhile. Part of `lane.ts`; the asking is done by `outbound/lane-loading.ts`.
 */
import type { ParkedDelivery, ParkedState } from "./delivery.ts";
import { type OrderSettings, orderingOf } from "./endpoint-order.ts";
import { lineKey, noKey, strictKey, unknownKey } from "./lane-key.ts";
import { holdInMemory, keyFlies, type LaneOrder, newOrder, pushReady, waitingPositions } from "./lane-lines.ts";
import { orderUnknown } from "./lane-order.ts";
import type { Lane, LaneTurn, ParkedChange } from "./lane-state.ts";
import { pageForgotten } from "./parked-page.ts";

/** A key with rows that are not settled. */
export interface StandingKey {
  readonly key: number;
  /** Of its first row, by position. */
  readonly state: ParkedState;
  readonly rows: number;
}

export function beginLearning(lane: Lane, order: LaneOrder): LaneTurn {
  order.knowledge = "asked";
  order.isOvertaken = false;
  lane.keyQuestions += 1;
  order.ticket = lane.keyQuestions;
  order.loading = null;
  order.ready = [];
  order.wanted.clear();
  order.spilling.clear();
  order.standing.clear();
  for (const [key, line] of order.lines) {
    line.held = line.held.filter(({ row }) => row === null);
    line.isWhole = false;
    line.isReady = false;
    if (line.held.length === 0 && line.inFlight === 0) order.lines.delete(key);
  }
  const unknown = onTheWay(lane).filter((position) => !order.flying.has(position));
  return { do: "learn", ticket: order.ticket, positions: [...lane.unsent, ...unknown] };
}

/**
 * What of the rows does not fit by what deliveries are ordered now, so that it is to be changed before keys can be
 * learnt. `identify`: the rows of these keys are to be given those of their events (`rowIdentified`).
 */
export function misfit(
  order: LaneOrder,
  settings: Partial<OrderSettings>,
  standing: readonly StandingKey[],
): ParkedChange | { readonly do: "identify"; readonly keys: readonly number[] } | null {
  if (settings.onExhausted !== "block" && standing.some(({ state }) => state === "blocked")) {
    return { do: "unblockAll" };
  }
  const keys = standing.map(({ key }) => key).filter((key) => isForeign(order, key));
  if (keys.length === 0) return null;
  order.changesRows = true;
  return order.isStrict ? { do: "holdAll" } : { do: "identify", keys };
}

const isForeign = (order: LaneOrder, key: number): boolean =>
  order.isStrict ? lineKey(key) !== strictKey : key === unknownKey || lineKey(key) === strictKey;

/** A row was written while nobody asked by what it is ordered. `key` is that of its event; null where that is gone. */
export function rowIdentified(row: ParkedDelivery, key: number | null): ParkedChange {
  if (key === null) return { do: "unpark", position: row.position };
  if (row.state === "blocked") return { do: "park", row: { ...row, key } };
  return { do: "park", row: { ...row, key, state: key === noKey ? "retrying" : "held" } };
}

/** What was asked is no longer the truth: an attempt ended meanwhile, or rows changed. Then it is asked once more. */
export function learningIsOvertaken(lane: Lane, ticket: number): boolean {
  const { order } = lane;
  if (order === null || order.knowledge !== "asked" || order.ticket !== ticket) return true;
  if (order.isOvertaken) order.knowledge = "unknown";
  return order.isOvertaken;
}

/**
 * The store answered a `learn`. `keys` says the key of each position that was asked for; one that is missing has left
 * the log.
 */
export function keysLearnt(
  lane: Lane,
  answer: {
    readonly ticket: number;
    readonly standing: readonly StandingKey[];
    readonly keys: ReadonlyMap<number, number>;
  },
): void {
  const { order } = lane;
  if (order === null || learningIsOvertaken(lane, answer.ticket)) return;
  placeUnsent(lane, order, answer.keys);
  order.knowledge = "known";
  // What is at hand of the rows, or on its way, may be from before they were changed.
  if (order.changesRows) pageForgotten(lane.parked);
  order.changesRows = false;
  lane.parked.total = answer.standing.reduce((sum, { rows }) => sum + rows, 0);
  for (const { key, state } of answer.standing) {
    if (key <= noKey) continue;
    order.standing.add(key);
    const line = order.lines.get(key);
    if (line !== undefined && line.held.length > 0) order.spilling.add(key);
    if (line !== undefined && line.inFlight > 0) line.mayHaveLower = true;
    else if (line !== undefined || state === "held") order.wanted.add(key);
  }
  for (const [key, line] of order.lines) {
    if (line.inFlight > 0 || order.standing.has(key)) continue;
    if (line.held.length > 0) pushReady(order, key, line);
    else order.lines.delete(key);
  }
}

/** What holds its key while it is in flight: attempts of the lane and of replays, but not what a person forces. */
function onTheWay({ flights, manuals }: Lane): number[] {
  const forReplays = [...manuals].filter(([, flight]) => flight.trigger !== "manual");
  return [...flights.keys(), ...forReplays.map(([position]) => position)];
}

/** What was taken up and has no row goes to its line; what is in flight and was sent without a key has it now. */
function placeUnsent(lane: Lane, order: LaneOrder, keys: ReadonlyMap<number, number>): void {
  for (const position of onTheWay(lane)) {
    const key = keys.get(position);
    if (key !== undefined && !order.flying.has(position)) keyFlies(order, position, key);
  }
  lane.unsent = lane.unsent.filter((position) => {
    const key = keys.get(position);
    if (key !== undefined && key !== noKey) holdInMemory(order, key, position);
    return key === noKey;
  });
}

/**
 * A person changed by what deliveries are ordered. What is in flight ends as it does. Answers what changes in the
 * store; its rows are asked for again.
 */
export function laneReordered(lane: Lane, settings: Partial<OrderSettings>): ParkedChange[] {
  const ordering = orderingOf(settings);
  if (lane.order !== null && lane.order.isStrict === (ordering === "strict") && ordering !== "none") {
    orderUnknown(lane);
    return [];
  }
  if (lane.order !== null) {
    lane.unsent = [...lane.unsent, ...waitingPositions(lane.order)].sort((left, right) => left - right);
  }
  // What an attempt by hand holds back comes with the answer of the store.
  for (const flight of lane.manuals.values()) flight.hasRow = false;
  const wasOrdered = lane.order !== null;
  lane.order = newOrder(settings, false);
  pageForgotten(lane.parked);
  return wasOrdered && ordering === "none" ? [{ do: "releaseAll" }] : [];
}
