/** Readers of the feed, whatever they ask for and whoever writes meanwhile, against a list and a plain filter. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import type { FeedPage } from "../../src/feed/feed.ts";
import type { Selection, SelectionInput } from "../../src/feed/selection.ts";
import { ListedLog, selectionOf } from "./a-listed-log.ts";

const tenants = ["default", "acme"] as const;
const types = ["order.paid", "order.sent", "user.added"] as const;

const selections: readonly Partial<SelectionInput>[] = [
  {},
  { tenant: "acme" },
  { types: ["order.*"] },
  { types: ["user.added"], tenant: "acme" },
  { subject: "s1" },
  { text: "3}" },
  { sinceMs: 10, untilMs: 30 },
  { filter: "data.n % 3 == 0" },
  { types: ["order.*"], filter: 'subject == "s1" || data.n > 20' },
];

const anEvent = fc.record({
  tenant: fc.constantFrom(...tenants),
  type: fc.constantFrom(...types),
  subject: fc.constantFrom(null, "s1"),
});

const plainly = (log: ListedLog, selection: Selection): number[] =>
  log.events.filter((event) => selection.takes(event)).map(({ position }) => position);

it("pages, one after another, are all that is selected and nothing else, wherever they are read from", async () => {
  const property = fc.asyncProperty(
    fc.array(anEvent, { maxLength: 60 }),
    fc.nat({ max: 20_000 }),
    fc.constantFrom(...selections),
    fc.integer({ min: 1, max: 10 }),
    async (events, tailBytesMax, input, limit) => {
      const log = new ListedLog(tailBytesMax);
      log.append(...events);
      const selection = selectionOf(input);
      const seen: number[] = [];
      for (let page: FeedPage = { events: [], through: 0, more: true }; page.more; ) {
        page = await log.feed.page({ selection, after: page.through, limit });
        assert.ok(page.events.length <= limit);
        seen.push(...page.events.map(({ position }) => position));
      }
      assert.deepEqual(seen, plainly(log, selection));
      const back: number[] = [];
      for (let page: FeedPage = { events: [], through: events.length + 1, more: true }; page.more; ) {
        page = await log.feed.pageBack({ selection, before: page.through, limit });
        back.push(...page.events.map(({ position }) => position));
      }
      assert.deepEqual(back, plainly(log, selection).reverse());
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

it("a page that was cut is the same from the ring and from the store", async () => {
  const property = fc.asyncProperty(
    fc.array(anEvent, { minLength: 20, maxLength: 60 }),
    fc.constantFrom(...selections),
    fc.nat({ max: 40 }),
    async (events, input, after) => {
      const [ring, store] = [new ListedLog(1_000_000), new ListedLog(0)];
      ring.append(...events);
      store.append(...events);
      const query = { selection: selectionOf(input), after, limit: 3 };
      const [one, other] = await Promise.all([ring.feed.page(query), store.feed.page(query)]);
      assert.deepEqual(one, other);
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

/** A reader as clients are: reads a page; where it is empty at the head, waits, and may give up and ask again. */
async function follow(
  log: ListedLog,
  reader: { selection: Selection; limit: number; impatience: number },
  isOver: () => boolean,
): Promise<number[]> {
  const seen: number[] = [];
  let after = 0;
  let asked = 0;
  const take = (page: FeedPage): void => {
    assert.ok(page.through >= after, "no reader goes back");
    assert.ok(page.events.length <= reader.limit);
    for (const event of page.events) {
      assert.ok(event.position > after && event.position > (seen.at(-1) ?? 0), "no event twice");
      assert.ok(event.position <= page.through);
      assert.ok(reader.selection.takes(event), "nothing that was not asked for");
      seen.push(event.position);
    }
    after = page.through;
  };
  while (!(isOver() && after === log.events.length)) {
    const { selection, limit } = reader;
    const page = await log.feed.page({ selection, after, limit });
    take(page);
    if (page.events.length > 0 || page.more) continue;
    asked += 1;
    await new Promise<void>((resolve) => {
      let isLate = false;
      const waiting = log.feed.wait({ selection, limit, after, waitMs: 20 }, (awaited) => {
        assert.ok(!isLate, "who was forgotten is not answered");
        take(awaited);
        resolve();
      });
      if (reader.impatience > 0 && asked % reader.impatience === 0) {
        waiting.cancel();
        isLate = true;
        waiting.cancel();
        resolve();
      }
    });
    await nextTurn();
  }
  return seen;
}

it("no reader skips, goes back, or sees what it did not ask for, whoever writes, waits and goes away meanwhile", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(anEvent, { minLength: 1, maxLength: 8 }), { minLength: 5, maxLength: 40 }),
    fc.array(
      fc.record({
        input: fc.constantFrom(...selections),
        limit: fc.integer({ min: 1, max: 4 }),
        impatience: fc.constantFrom(0, 0, 2, 3),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    fc.constantFrom(0, 2000, 1_000_000),
    async (batches, readers, tailBytesMax) => {
      const log = new ListedLog(tailBytesMax);
      let isOver = false;
      const reading = readers.map(({ input, ...rest }) =>
        follow(log, { selection: selectionOf(input), ...rest }, () => isOver),
      );
      for (const [index, batch] of batches.entries()) {
        log.append(...batch);
        for (let turn = 0; turn < index % 4; turn++) await nextTurn();
      }
      isOver = true;
      for (const [index, seen] of (await Promise.all(reading)).entries()) {
        const selection = selectionOf(readers[index]?.input);
        assert.deepEqual(seen, plainly(log, selection));
      }
      assert.equal(log.feed.waiting, 0);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});
