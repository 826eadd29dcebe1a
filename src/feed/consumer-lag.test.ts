import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredEvent } from "../core/event.ts";
import { ConsumerLag } from "./consumer-lag.ts";
import type { FeedPage } from "./feed.ts";

/** Accepted at ten times its position. */
const anEvent = (position: number): StoredEvent => ({
  id: `e${position}`,
  tenant: "default",
  type: "a",
  subject: null,
  occurredAtMs: 0,
  version: null,
  request: null,
  data: new Uint8Array(),
  position,
  acceptedAtMs: position * 10,
});

/** A log up to 100 of which a selection takes these positions; one look goes over `lookedAt` of them. */
function aLog(taken: readonly number[], lookedAt = 100) {
  const looks: number[] = [];
  return {
    looks,
    canLook: true,
    pageAfter: async (after: number): Promise<FeedPage> => {
      looks.push(after);
      const end = Math.min(100, after + lookedAt);
      const found = taken.find((position) => position > after && position <= end);
      const through = found ?? end;
      return { events: found === undefined ? [] : [anEvent(found)], through, more: through < 100 };
    },
    firstAfter: async (after: number) => (after + 1) * 10,
  };
}

describe("the oldest event that is not acknowledged", () => {
  it("is of the page that was fetched, without another look", async () => {
    const lag = new ConsumerLag();
    const log = aLog([2, 5, 9]);
    lag.noted(0, { events: [anEvent(2), anEvent(5)], through: 6, more: true });
    const oldest = [];
    for (const position of [0, 1, 2, 4, 0]) oldest.push(await lag.oldestAcceptedAtMs(position, log));
    assert.deepEqual([oldest, log.looks], [[20, 20, 50, 50, 20], []]);
    assert.equal(await lag.oldestAcceptedAtMs(5, log), 90);
    assert.deepEqual(log.looks, [6], "what the page went over is not looked at again");
  });

  it("is looked for before a page that was read ahead", async () => {
    const lag = new ConsumerLag();
    lag.noted(5, { events: [anEvent(9)], through: 9, more: false });
    assert.equal(await lag.oldestAcceptedAtMs(1, aLog([2, 5, 9])), 20);
  });

  it("is none where there is none, and the next look goes on from there", async () => {
    const lag = new ConsumerLag();
    const log = aLog([]);
    assert.equal(await lag.oldestAcceptedAtMs(10, log), null);
    assert.equal(await lag.oldestAcceptedAtMs(10, log), null);
    assert.equal(await lag.oldestAcceptedAtMs(5, log), null);
    assert.deepEqual(log.looks, [10, 100, 5]);
  });

  it("is the first that was not looked at, where there is to be no look", async () => {
    const lag = new ConsumerLag();
    const log = { ...aLog([95], 40), canLook: false };
    assert.equal(await lag.oldestAcceptedAtMs(10, log), 110);
    lag.noted(10, { events: [], through: 50, more: true });
    assert.equal(await lag.oldestAcceptedAtMs(10, log), 510);
    lag.noted(50, { events: [anEvent(95)], through: 95, more: true });
    assert.equal(await lag.oldestAcceptedAtMs(60, log), 950);
    assert.deepEqual(log.looks, []);
  });

  it("is the first that was not looked at, where one look is not enough", async () => {
    const lag = new ConsumerLag();
    const log = aLog([95], 40);
    const oldest = [];
    for (let look = 0; look < 4; look++) oldest.push(await lag.oldestAcceptedAtMs(10, log));
    assert.deepEqual(
      [oldest, log.looks],
      [
        [510, 910, 950, 950],
        [10, 50, 90],
      ],
    );
  });
});
