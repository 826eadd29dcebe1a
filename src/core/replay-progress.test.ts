import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { progressFrom, replayEnded, replayPassed, replayTook } from "./replay-progress.ts";

const begin = () => progressFrom({ position: 10, delivered: 0, failed: 0 });

test("it stands before the first that is in flight, however many beyond have ended", () => {
  const progress = begin();
  for (const position of [12, 15, 19]) replayTook(progress, position);
  assert.equal(progress.position, 11);
  replayEnded(progress, 19, "delivered");
  replayEnded(progress, 15, "failed");
  assert.deepEqual([progress.position, progress.delivered, progress.failed], [11, 0, 0]);
  replayEnded(progress, 12, "delivered");
  assert.deepEqual([progress.position, progress.delivered, progress.failed], [19, 2, 1]);
});

test("what was left out is passed once nothing before it is in flight", () => {
  const progress = begin();
  replayTook(progress, 12);
  replayPassed(progress, 30);
  assert.equal(progress.position, 11);
  replayEnded(progress, 12, "delivered");
  assert.equal(progress.position, 30);
});

test("what is left out after all is passed, and counted nowhere", () => {
  const progress = begin();
  replayTook(progress, 12);
  replayEnded(progress, 12, "left-out");
  assert.deepEqual([progress.position, progress.delivered, progress.failed], [12, 0, 0]);
});

test("whatever the order of ends and whenever it dies, everything is sent and counted exactly once", () => {
  const order = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.boolean(), fc.nat({ max: 9 })), { maxLength: 200 });
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }), order, (chosen, steps) => {
      const events = chosen.sort((left, right) => left - right);
      const sent = new Set<number>();
      let progress = progressFrom({ position: 0, delivered: 0, failed: 0 });
      const next = () => events.find((position) => position > progress.taken);
      const end = (index: number, isDelivered: boolean): void => {
        const flying = progress.open.filter((entry) => entry.outcome === null);
        const entry = flying[index % Math.max(1, flying.length)];
        if (entry !== undefined) replayEnded(progress, entry.position, isDelivered ? "delivered" : "failed");
      };
      const take = (): void => {
        const position = next();
        if (position === undefined) {
          replayPassed(progress, 60);
        } else {
          sent.add(position);
          replayTook(progress, position);
        }
      };
      for (const [index, isDelivered, what] of steps) {
        if (what === 0) progress = progressFrom(progress);
        else if (what < 5) take();
        else end(index, isDelivered);
        const counted = events.filter((position) => position <= progress.position).length;
        assert.equal(progress.delivered + progress.failed, counted);
      }
      while (progress.position < 60) {
        take();
        end(0, true);
      }
      assert.equal(progress.delivered + progress.failed, events.length);
      assert.deepEqual(
        [...sent].sort((left, right) => left - right),
        events,
      );
    }),
  );
});
