/** The feed without HTTP: pages and their bounds, waiting, closing. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { cursorAt } from "../../src/core/epochs.ts";
import type { StoredEvent } from "../../src/core/event.ts";
import { limits } from "../../src/core/limits.ts";
import type { FeedPage } from "../../src/feed/feed.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { epochs, ListedLog, selectionOf } from "./a-listed-log.ts";

it("an event that comes between the empty page and the waiting is not missed", async () => {
  const log = new ListedLog(1_000_000);
  const selection = selectionOf();
  const page = await log.feed.page({ selection, after: 0, limit: 10 });
  log.append({}, {});
  const awaited = await new Promise<FeedPage>((resolve) =>
    log.feed.wait({ selection, limit: 10, after: page.through, waitMs: 60_000 }, resolve),
  );
  assert.deepEqual(
    awaited.events.map(({ position }) => position),
    [1, 2],
  );
  assert.equal(awaited.through, 2);
});

it("whoever waits for the same is given the same page, for one look at each event", async () => {
  const log = new ListedLog(1_000_000);
  let looks = 0;
  const real = selectionOf({ types: ["user.*"] });
  const takes = (event: StoredEvent): boolean => {
    looks += 1;
    return real.takes(event);
  };
  const selection = { ...real, takes };
  const pages: FeedPage[] = [];
  for (let index = 0; index < 500; index++) {
    log.feed.wait({ selection, limit: 10, after: 0, waitMs: 60_000 }, (page) => pages.push(page));
  }
  assert.equal(log.feed.waiting, 500);
  log.append({});
  await nextTurn();
  await nextTurn();
  assert.equal(pages.length, 0);
  assert.equal(looks, 1);
  log.append({ type: "user.added" });
  await eventually("all are answered", () => pages.length === 500);
  assert.equal(looks, 2);
  assert.equal(new Set(pages).size, 1);
  assert.equal(log.feed.waiting, 0);
});

it("a wait ends when its time is up, never early, with a place beyond what was left out", async () => {
  const log = new ListedLog(1_000_000);
  const startedMs = performance.now();
  const ended = new Promise<FeedPage>((resolve) =>
    log.feed.wait({ selection: selectionOf({ types: ["user.*"] }), limit: 10, after: 0, waitMs: 150 }, resolve),
  );
  log.append({}, {});
  assert.deepEqual(await ended, { events: [], through: 2, more: false });
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= 150 && tookMs < 1000, `${tookMs} ms`);
});

it("closing answers everyone who waits at once, and everyone who comes", async () => {
  const log = new ListedLog(1_000_000);
  log.append({});
  const pages: FeedPage[] = [];
  const query = { selection: selectionOf(), limit: 10, after: 1, waitMs: 60_000 };
  for (let index = 0; index < 10; index++) log.feed.wait(query, (page) => pages.push(page));
  const cancelled = log.feed.wait(query, () => assert.fail("it went away"));
  cancelled.cancel();
  log.feed.close();
  log.feed.close();
  assert.equal(pages.length, 10);
  assert.ok(log.feed.isClosed);
  const page = await new Promise<FeedPage>((resolve) => log.feed.wait(query, resolve));
  assert.deepEqual(page, { events: [], through: 1, more: false });
  assert.equal(log.feed.waiting, 0);
});

it("as many may wait as the limit says", () => {
  const log = new ListedLog(1_000_000);
  const query = { selection: selectionOf(), limit: 10, after: 0, waitMs: 60_000 };
  const waiting = Array.from({ length: limits.waiters }, () => log.feed.wait(query, () => {}));
  assert.throws(() => log.feed.wait(query, () => {}), { code: "too-many-waiting" });
  waiting[7]?.cancel();
  log.feed.wait(query, () => {});
  log.feed.close();
});

it("who waits behind a ring that went on without it is told to come back", async () => {
  const log = new ListedLog(0);
  const pages: FeedPage[] = [];
  log.feed.wait({ selection: selectionOf(), limit: 10, after: 0, waitMs: 60_000 }, (page) => pages.push(page));
  log.append({}, {}, {});
  const page = await eventually("it is answered", () => pages[0]);
  assert.deepEqual(page, { events: [], through: 0, more: true });
});

it("a page ends at its bytes, yet has one event, and at as many events as one request looks at", async () => {
  const log = new ListedLog(1_000_000_000);
  const half = Buffer.alloc(limits.pageBytes / 2 + 1, "1");
  log.append({ data: half }, { data: half }, { data: Buffer.alloc(limits.pageBytes + 1, "1") });
  const selection = selectionOf();
  const first = await log.feed.page({ selection, after: 0, limit: 10 });
  assert.deepEqual([first.events.length, first.through, first.more], [1, 1, true]);
  const third = await log.feed.page({ selection, after: 2, limit: 10 });
  assert.deepEqual([third.events.length, third.through, third.more], [1, 3, false]);
  log.append(...Array.from({ length: limits.scannedPerPage + 5 }, () => ({})));
  const scanned = await log.feed.page({ selection: selectionOf({ types: ["user.*"] }), after: 3, limit: 10 });
  assert.deepEqual(scanned, { events: [], through: 3 + limits.scannedPerPage, more: true });
});

it("a costly filter over many events leaves others their turn", async () => {
  const log = new ListedLog(1_000_000_000);
  const list = JSON.stringify({ list: Array.from({ length: 2000 }, (_, index) => index) });
  log.append(...Array.from({ length: 300 }, () => ({ data: Buffer.from(list) })));
  const selection = selectionOf({ filter: "data.list.exists(a, data.list.exists(b, a + b < 0))" });
  let isDone = false;
  const reading = log.feed.page({ selection, after: 0, limit: 10 }).then(() => {
    isDone = true;
  });
  let longestMs = 0;
  while (!isDone) {
    const startedMs = performance.now();
    await nextTurn();
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }
  await reading;
  assert.ok(longestMs < 150, `${longestMs} ms`);
});

/** A filter that takes a hundred milliseconds or more of the events of `aCostlyLog`. */
const costly = "data.list.exists(a, data.list.exists(b, a + b < 0))";

function aCostlyLog(): ListedLog {
  const log = new ListedLog(1_000_000_000);
  const list = JSON.stringify({ list: Array.from({ length: 2000 }, (_, index) => index) });
  log.append(...Array.from({ length: 100 }, () => ({ data: Buffer.from(list) })));
  return log;
}

it("many costly filters at once leave others their turn as one does", async () => {
  const log = aCostlyLog();
  const selection = selectionOf({ filter: costly });
  const readings = Array.from({ length: 50 }, () => log.feed.page({ selection, after: 0, limit: 10 }));
  let turns = 0;
  const startedMs = performance.now();
  while (performance.now() - startedMs < 600) {
    await nextTurn();
    turns += 1;
  }
  assert.ok(turns > 30, `${turns} turns in 600 ms: each of them was of every reading`);
  await Promise.all(readings);
});

it("a page is read no further when its reader has gone", async () => {
  const log = aCostlyLog();
  const isGone = (): boolean => true;
  const query = { selection: selectionOf({ filter: costly }), limit: 10, isGone };
  const forward = await log.feed.page({ ...query, after: 0 });
  assert.ok(forward.more && forward.through < 100, `through ${forward.through}`);
  const back = await log.feed.pageBack({ ...query, before: 101 });
  assert.ok(back.more && back.through > 1, `down to ${back.through}`);
});

it("as many pages are read from the store at once as may, and the others after them", async () => {
  const log = new ListedLog(0);
  log.append(...Array.from({ length: 20 }, () => ({})));
  const query = { selection: selectionOf(), after: 0, limit: 1 };
  const pages = Array.from({ length: 100 }, () => log.feed.page(query));
  const back = Array.from({ length: 100 }, () => log.feed.pageBack({ ...query, before: 21 }));
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(log.reads, 64);
  for (const [index, { events }] of (await Promise.all([...pages, ...back])).entries()) {
    assert.equal(events[0]?.position, index < 100 ? 1 : 20);
  }
  log.trimmedThrough = 5;
  const refused = await Promise.allSettled(Array.from({ length: 100 }, () => log.feed.page(query)));
  assert.ok(refused.every(({ status }) => status === "rejected"));
  assert.equal((await log.feed.page({ ...query, after: 5 })).events.length, 1, "who was refused has left");
});

it("an event that was taken out of a large read does not keep the rest of it in memory", async () => {
  const log = new ListedLog(0);
  const read = Buffer.alloc(1_000_000, "1");
  const dataAt = (from: number, to: number) => ({ data: read.subarray(from, to) });
  log.append({ type: "rare", ...dataAt(0, 10) }, dataAt(10, 900_000), { type: "rare", ...dataAt(900_000, 900_020) });
  const page = async (types: string[]) =>
    (await log.feed.page({ selection: selectionOf({ types }), after: 0, limit: 10 })).events;
  const rare = await page(["rare"]);
  assert.deepEqual(
    rare.map(({ data }) => [data.length, data.buffer.byteLength]),
    [
      [10, 10],
      [20, 20],
    ],
  );
  assert.equal(Buffer.from(rare[0]?.data ?? "").toString(), "1111111111");
  assert.ok(
    (await page([])).every(({ data }) => data.buffer === read.buffer),
    "what is taken whole is not copied",
  );
});

it("retention that passes a reader is told, also where this process has not heard of it yet", async () => {
  const log = new ListedLog(0);
  log.append(...Array.from({ length: 20 }, () => ({})));
  log.trimmedThrough = 10;
  const page = (after: number) => log.feed.page({ selection: selectionOf(), after, limit: 5 });
  await assert.rejects(page(5), { code: "cursor-expired", extras: { resume: cursorAt(epochs, 10), lost: 5 } });
  assert.equal((await page(10)).events[0]?.position, 11);
  const reading = page(12);
  log.trimmedThrough = 15;
  await assert.rejects(reading, { code: "cursor-expired" });
});
