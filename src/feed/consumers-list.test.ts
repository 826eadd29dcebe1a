import assert from "node:assert/strict";
import { it } from "node:test";
import type { Consumer } from "../core/consumer.ts";
import type { StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { FeedPage, PageQuery } from "./feed.ts";
import { loadConsumers } from "./load-consumers.ts";

const head = 1_000_000;

const aConsumer = (index: number, types: readonly string[]): Consumer => ({
  tenant: "default",
  name: `c${index}`,
  types,
  filter: null,
  subject: null,
  leaseMs: 1000,
  position: 0,
  createdAtMs: 0,
  updatedAtMs: 0,
});

/** Accepted at its position. */
const anEvent = (position: number): StoredEvent => ({
  ...{ id: `e${position}`, tenant: "default", type: "a", subject: null, occurredAtMs: 0, version: null, request: null },
  ...{ data: new Uint8Array(), position, acceptedAtMs: position },
});

/** Consumers on a long log, all of whose events are of the type `a`; what was looked at, by the position it began at. */
async function consumersOf(stored: readonly Consumer[]) {
  const looks: number[] = [];
  const page = async ({ selection, after }: PageQuery): Promise<FeedPage> => {
    looks.push(after);
    if (selection.takes(anEvent(after + 1))) return { events: [anEvent(after + 1)], through: after + 1, more: true };
    const through = Math.min(head, after + limits.scannedPerPage);
    return { events: [], through, more: through < head };
  };
  const consumers = await loadConsumers({
    store: { load: async () => stored, put: async () => {}, remove: async () => {} },
    feed: { page, wait: () => assert.fail("nobody waits") },
    events: {
      bounds: () => ({ epochs: [{ id: "000000000000", after: 0 }], earliest: 1, head }),
      read: async ({ after }) => ({ events: [anEvent(after + 1)], through: after + 1 }),
      positionBefore: async () => 0,
    },
    clock: { wallMs: () => head, steadyMs: () => head },
    random: { fraction: () => 0, bytes: (count) => new Uint8Array(count) },
    logBytes: () => 0,
    retentionAgeMs: 1e9,
    retentionBytesMax: null,
  });
  const list = async () => (await consumers.list({ tenant: "default", afterName: null, limit: 1000 })).views;
  return { looks, list };
}

it("a list of many that take next to nothing looks at a bounded part of the log, and the next list goes on", async () => {
  const { looks, list } = await consumersOf(Array.from({ length: 500 }, (_, index) => aConsumer(index, ["b"])));
  const views = await list();
  assert.equal(views.length, 500);
  assert.deepEqual(looks, [0, 0]);
  const accepted = new Map(views.map(({ consumer, oldestAcceptedAtMs }) => [consumer.name, oldestAcceptedAtMs]));
  assert.deepEqual([accepted.get("c0"), accepted.get("c499")], [limits.scannedPerPage + 1, 1]);
  await list();
  assert.deepEqual(looks.slice(2), [limits.scannedPerPage, limits.scannedPerPage]);
});

it("a list of many that take what comes knows the oldest of each", async () => {
  const { looks, list } = await consumersOf(Array.from({ length: 500 }, (_, index) => aConsumer(index, [])));
  const views = await list();
  assert.ok(views.every(({ oldestAcceptedAtMs }) => oldestAcceptedAtMs === 1));
  assert.equal(looks.length, 500);
});
