/**
 * The page beside a store that has every row: whatever happens, what is due before the horizon is in the page or in
 * flight, so that nothing parked is forgotten.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ParkedDelivery } from "./delivery.ts";
import { limits } from "./limits.ts";
import {
  type ParkedAnswer,
  pageAdd,
  pageAddInFlight,
  pageForgotten,
  pageHeld,
  pageLoadBegins,
  pageLoaded,
  pageSettled,
  pageTake,
  pageWantsLoad,
  unloadedPage,
} from "./parked-page.ts";

const rowsInMemory = 3;
(limits as { parkedInMemory: number }).parkedInMemory = rowsInMemory;

const aRow = (position: number, dueAtMs: number): ParkedDelivery => ({
  position,
  state: "retrying",
  attempts: 1,
  step: 1,
  dueAtMs,
});
const positions = (rows: readonly ParkedDelivery[]): number[] => rows.map((row) => row.position);
const nothingInFlight = () => false;

/** A store, a page and what is in flight, as a lane has them. */
class Model {
  readonly page;
  readonly stored = new Map<number, ParkedDelivery>();
  readonly inFlight = new Set<number>();
  answers: ParkedAnswer[] = [];

  constructor(rows: readonly ParkedDelivery[]) {
    for (const row of rows) this.stored.set(row.position, row);
    this.page = unloadedPage(rows.length);
  }

  load(): void {
    const ticket = pageLoadBegins(this.page);
    const limit = rowsInMemory + this.inFlight.size;
    const rows = [...this.stored.values()].sort((left, right) => left.dueAtMs - right.dueAtMs).slice(0, limit);
    this.answers.push({ rows, total: this.stored.size, limit, ticket });
  }

  answer(which: number): void {
    const [answer] = this.answers.splice(which % Math.max(1, this.answers.length), 1);
    if (answer !== undefined) pageLoaded(this.page, answer, (position) => this.inFlight.has(position));
  }

  send(): void {
    const row = this.page.rows[0];
    if (row === undefined) return;
    pageTake(this.page, row.position);
    this.inFlight.add(row.position);
  }

  ends(which: number, dueAtMs: number | null): void {
    const position = [...this.inFlight][which % Math.max(1, this.inFlight.size)];
    if (position === undefined) return;
    this.inFlight.delete(position);
    if (dueAtMs === null) {
      this.stored.delete(position);
      pageSettled(this.page, position);
    } else {
      this.stored.set(position, aRow(position, dueAtMs));
      pageAdd(this.page, aRow(position, dueAtMs), false);
    }
  }

  parks(position: number, dueAtMs: number): void {
    if (this.stored.has(position)) return;
    this.stored.set(position, aRow(position, dueAtMs));
    pageAdd(this.page, aRow(position, dueAtMs), true);
  }

  parksInFlight(position: number): void {
    if (this.stored.has(position)) return;
    this.stored.set(position, aRow(position, 0));
    this.inFlight.add(position);
    pageAddInFlight(this.page);
  }

  check(): void {
    const { page } = this;
    const held = new Set(positions(page.rows));
    assert.equal(held.size, page.rows.length, "a row twice");
    assert.ok(page.rows.length <= rowsInMemory, "more rows than memory may hold");
    assert.deepEqual(
      page.rows.toSorted((left, right) => left.dueAtMs - right.dueAtMs),
      page.rows,
      "out of order",
    );
    for (const row of page.rows) {
      assert.deepEqual(row, this.stored.get(row.position), "a row that the store does not have so");
      assert.ok(!this.inFlight.has(row.position), "waiting and in flight");
    }
    if (page.loading !== null) return;
    assert.equal(page.total, this.stored.size, "the count");
    for (const row of this.stored.values()) {
      if (row.dueAtMs >= page.horizonMs || this.inFlight.has(row.position)) continue;
      assert.ok(held.has(row.position), `the row of ${row.position} is forgotten`);
    }
    if (page.rows.length === 0 && this.stored.size > this.inFlight.size)
      assert.ok(pageWantsLoad(page), "nobody asks for it");
  }
}

const position = fc.nat({ max: 30 });
const dueAtMs = fc.nat({ max: 12 });
const which = fc.nat({ max: 100 });

const happening: fc.Arbitrary<(model: Model) => void> = fc.oneof(
  { weight: 2, arbitrary: fc.constant((model: Model) => model.load()) },
  { weight: 3, arbitrary: which.map((chosen) => (model: Model) => model.answer(chosen)) },
  { weight: 3, arbitrary: fc.constant((model: Model) => model.send()) },
  {
    weight: 2,
    arbitrary: fc.tuple(which, fc.option(dueAtMs)).map(
      ([chosen, due]) =>
        (model: Model) =>
          model.ends(chosen, due),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(position, dueAtMs).map(
      ([at, due]) =>
        (model: Model) =>
          model.parks(at, due),
    ),
  },
  { weight: 1, arbitrary: position.map((at) => (model: Model) => model.parksInFlight(at)) },
);

test("nothing that is due before the horizon is forgotten, whatever happens while rows are loaded", () => {
  const rows = fc.uniqueArray(fc.tuple(position, dueAtMs), { selector: ([at]) => at, maxLength: 12 });
  fc.assert(
    fc.property(rows, fc.array(happening, { maxLength: 60 }), (before, happenings) => {
      const model = new Model(before.map(([at, due]) => aRow(at, due)));
      model.check();
      for (const happens of happenings) {
        happens(model);
        model.check();
      }
    }),
    { numRuns: Number(process.env.TEST_PROPERTY_RUNS ?? 100) * 20 },
  );
});

test("a lane that starts without rows asks for none, and one that has some asks first", () => {
  assert.ok(!pageWantsLoad(unloadedPage(0)));
  assert.ok(pageWantsLoad(unloadedPage(1)));
});

test("what does not fit in memory is left to the store, and is asked for when the rest is gone", () => {
  const page = unloadedPage(0);
  for (let due = 1; due <= 5; due++) pageAdd(page, aRow(due, due * 10), true);
  assert.deepEqual(positions(page.rows), [1, 2, 3]);
  assert.equal(page.horizonMs, 40);
  assert.equal(page.total, 5);
  pageAdd(page, aRow(9, 45), true);
  assert.deepEqual(positions(page.rows), [1, 2, 3]);
  for (const at of [1, 2, 3]) {
    assert.ok(!pageWantsLoad(page));
    pageTake(page, at);
  }
  assert.ok(pageWantsLoad(page));
});

test("an answer that was overtaken by a newer load is not believed", () => {
  const page = unloadedPage(2);
  const old = pageLoadBegins(page);
  const newer = pageLoadBegins(page);
  pageLoaded(page, { rows: [], total: 0, limit: 3, ticket: old }, nothingInFlight);
  assert.ok(page.loading !== null);
  pageLoaded(page, { rows: [aRow(1, 5)], total: 1, limit: 3, ticket: newer }, nothingInFlight);
  assert.deepEqual(positions(page.rows), [1]);
  pageLoaded(page, { rows: [], total: 0, limit: 3, ticket: newer }, nothingInFlight);
  assert.deepEqual(positions(page.rows), [1]);
});

test("what changed while the store was read wins over its answer", () => {
  const page = unloadedPage(3);
  const ticket = pageLoadBegins(page);
  pageSettled(page, 1);
  pageAdd(page, aRow(2, 70), false);
  pageAdd(page, aRow(4, 5), true);
  pageLoaded(page, { rows: [aRow(1, 10), aRow(2, 20), aRow(3, 30)], total: 3, limit: 4, ticket }, nothingInFlight);
  assert.deepEqual(page.rows, [aRow(4, 5), aRow(3, 30), aRow(2, 70)]);
  assert.equal(page.total, 3);
});

test("a row that waits for another is counted, and is in no order of due time", () => {
  const page = unloadedPage(0);
  pageHeld(page, 4, true);
  pageHeld(page, 4, false);
  assert.deepEqual([page.total, page.rows.length], [1, 0]);
});

test("a page that is no longer the truth is asked for again, and no answer that was under way is heard", () => {
  const page = unloadedPage(1);
  const ticket = pageLoadBegins(page);
  pageForgotten(page);
  assert.ok(pageWantsLoad(page));
  pageLoaded(page, { rows: [aRow(1, 5)], total: 1, limit: 10, ticket }, () => false);
  assert.ok(pageWantsLoad(page) && page.rows.length === 0);
});
