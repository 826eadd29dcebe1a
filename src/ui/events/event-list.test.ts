import assert from "node:assert/strict";
import { it } from "node:test";
import type { EventPage, TrotlineEvent } from "../../sdk/wire.ts";
import { eventually } from "../../testing/eventually.ts";
import { type Asking, EventList, listBounds } from "./event-list.ts";

const anEvent = (position: number): TrotlineEvent => ({
  id: `evt_${position}`,
  tenant: "default",
  type: "order.paid",
  occurred_at: "2026-01-31T12:00:00Z",
  accepted_at: "2026-01-31T12:00:00Z",
  cursor: String(position),
  data: { n: position },
});

/** A log of numbers whose pages look at a hundred events; whoever waits is told of what is appended. */
class NumberedLog {
  head = 0;
  takes = (_position: number): boolean => true;
  asked: Asking[] = [];
  failure: Error | null = null;
  #wake: () => void = () => {};

  append(count: number): void {
    this.head += count;
    this.#wake();
  }

  async ask(query: Asking, signal: AbortSignal): Promise<EventPage> {
    this.asked.push(query);
    if (this.failure !== null) throw this.failure;
    if (query.order === "desc") return this.#back(Number(query.after ?? this.head + 1), query.limit);
    const after = query.after === "latest" ? this.head : Number(query.after);
    if (query.wait !== undefined && after === this.head) await this.#waited(signal);
    return this.#page(
      Array.from({ length: this.head - after }, (_, index) => after + 1 + index),
      this.head,
      false,
    );
  }

  #waited(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  }

  #back(before: number, limit: number): EventPage {
    const looked = Array.from({ length: Math.min(Math.max(limit, 100), before - 1) }, (_, index) => before - 1 - index);
    const through = looked.at(-1) ?? before;
    return this.#page(looked, through, through > 1);
  }

  #page(positions: readonly number[], through: number, hasMore: boolean): EventPage {
    const data = positions.filter((position) => this.takes(position)).map(anEvent);
    return { data, next_cursor: String(through), has_more: hasMore };
  }
}

function listOf(log: NumberedLog, isLive = true): EventList {
  const list = new EventList({ isLive, ask: (query, signal) => log.ask(query, signal), pause: turns });
  list.start();
  return list;
}

const shownIds = (list: EventList): string =>
  list
    .snapshot()
    .rows.map(({ cursor }) => cursor)
    .join();
const loaded = (list: EventList): Promise<unknown> => eventually("loaded", () => !list.snapshot().isLoading);
/** Turns enough for whatever can happen by itself. */
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(() => resolve())));

it("shows what is there, newest first, and what comes above it", async (context) => {
  const log = new NumberedLog();
  log.head = 3;
  const list = listOf(log);
  context.after(() => list.stop());
  await loaded(list);
  assert.equal(shownIds(list), "3,2,1");
  assert.equal(list.snapshot().isEnd, true);
  await turns();
  log.append(2);
  await eventually("they come", () => shownIds(list) === "5,4,3,2,1");
});

it("keeps aside what comes while somebody reads, and shows it when that is asked for", async (context) => {
  const log = new NumberedLog();
  log.head = 2;
  const list = listOf(log);
  context.after(() => list.stop());
  await loaded(list);
  list.follow(false);
  await turns();
  log.append(1);
  await eventually("it is counted", () => list.snapshot().fresh === 1);
  await turns();
  log.append(1);
  await eventually("so is the next", () => list.snapshot().fresh === 2);
  assert.equal(shownIds(list), "2,1");
  list.follow(true);
  assert.deepEqual([shownIds(list), list.snapshot().fresh], ["4,3,2,1", 0]);
});

it("begins anew where more came than it keeps aside", async (context) => {
  const log = new NumberedLog();
  log.head = 2;
  const list = listOf(log);
  context.after(() => list.stop());
  await loaded(list);
  list.follow(false);
  await turns();
  log.append(listBounds.fresh + 500);
  await eventually("they are cut", () => list.snapshot().isFreshCut);
  assert.equal(list.snapshot().fresh, listBounds.fresh);
  list.showFresh();
  await loaded(list);
  assert.equal(list.snapshot().rows.length, listBounds.firstPage);
  assert.equal(list.snapshot().rows[0]?.id, `evt_${log.head}`);
});

it("searches so many pages that have nothing, and no more until it is asked to go on", async (context) => {
  const log = new NumberedLog();
  log.head = 2500;
  log.takes = (position) => position === 1;
  const list = listOf(log, false);
  context.after(() => list.stop());
  await loaded(list);
  assert.deepEqual([list.snapshot().emptyPages, list.snapshot().isEnd], [listBounds.emptyPages, false]);
  await list.loadOlder();
  await list.loadOlder();
  assert.deepEqual([shownIds(list), list.snapshot().isEnd], ["1", true]);
  assert.equal(
    log.asked.some(({ wait }) => wait !== undefined),
    false,
    "nothing is waited for",
  );
});

it("holds so many rows at most, and forgets the oldest where new ones come", async (context) => {
  const log = new NumberedLog();
  log.head = listBounds.rows + 5000;
  const list = listOf(log);
  context.after(() => list.stop());
  await loaded(list);
  while (!list.snapshot().isFull) await list.loadOlder();
  const count = list.snapshot().rows.length;
  await list.loadOlder();
  assert.equal(list.snapshot().rows.length, count);
  log.append(10);
  await eventually("they come", () => list.snapshot().rows[0]?.id === `evt_${log.head}`);
  assert.equal(list.snapshot().rows.length, listBounds.rows);
});

it("says what went wrong, and asks again for what is new", async (context) => {
  const log = new NumberedLog();
  log.head = 1;
  const list = listOf(log);
  context.after(() => list.stop());
  await loaded(list);
  log.failure = new Error("away");
  log.append(1);
  await eventually("it is told", () => list.snapshot().isCutOff || list.snapshot().rows.length === 2);
  log.append(1);
  await eventually("it is cut off", () => list.snapshot().isCutOff);
  log.failure = null;
  await eventually("it is back", () => shownIds(list) === "3,2,1" && !list.snapshot().isCutOff);
});
