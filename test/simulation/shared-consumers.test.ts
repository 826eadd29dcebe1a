/** One consumer, read at three processes: every interleaving of clients, decisions, lost answers, kills and time. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type { Fetched } from "../../src/feed/consumer-reader.ts";
import { key, leaseMs, processCount, settle, World } from "./shared-consumers-world.ts";

const process = fc.nat(processCount - 1);
const client = fc.nat(3);
const which = fc.nat(20);
const mostly = fc.nat(3).map((number) => number > 0);
/** Of the cursors that a client has seen, counted from the newest. */
const cursor = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: which });
type Deed = (world: World) => void | Promise<void>;
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 40,
    arbitrary: which.map(
      (number): Deed =>
        (world) =>
          world.step(number),
    ),
  },
  {
    weight: 10,
    arbitrary: fc.record({ process, client, knows: mostly, ahead: fc.boolean(), waits: fc.boolean() }).map(
      (fetch): Deed =>
        (world) =>
          world.fetch(fetch.process, fetch.client, fetch),
    ),
  },
  {
    weight: 12,
    arbitrary: fc.tuple(process, client, cursor).map(
      ([at, by, back]): Deed =>
        (world) =>
          world.acknowledge(at, by, back),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.nat(3).map(
      (count): Deed =>
        (world) =>
          world.publish(count),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(process, which).map(
      ([at, to]): Deed =>
        (world) =>
          world.seek(at, to),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(process, client).map(
      ([at, by]): Deed =>
        (world) =>
          world.release(at, by),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(leaseMs).map(
      (ms): Deed =>
        (world) => {
          world.clock.nowMs += ms;
        },
    ),
  },
  {
    weight: 1,
    arbitrary: client.map(
      (by): Deed =>
        (world) =>
          world.clients[by]?.gone.abort(),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("refused" as const, "unknown" as const).map(
      (failure): Deed =>
        (world) => {
          world.failNext = failure;
        },
    ),
  },
  {
    weight: 1,
    arbitrary: process.map(
      (at): Deed =>
        (world) =>
          world.start(at),
    ),
  },
);

it("what one process lets a client do holds for all, whatever happens in whatever order", async () => {
  let acknowledged = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 100, maxLength: 200, size: "max" }), async (deeds) => {
      const world = new World();
      for (let at = 0; at < processCount; at++) await world.start(at);
      await world.store.shared?.configure(
        { ...key, types: [], filter: null, subject: null, leaseMs, position: 0, createdAtMs: 0, updatedAtMs: 0 },
        null,
      );
      for (const run of deeds) {
        await run(world);
        await settle();
      }
      acknowledged += world.kept.consumer.position;
      await handsOutTheRest(world);
    }),
    { numRuns: Number(globalThis.process.env.TEST_CONSUMER_RUNS ?? 200) },
  );
  assert.ok(acknowledged > 50, `only ${acknowledged} positions were acknowledged`);
});

/** Whoever comes last, to whichever process, is answered everything that is not acknowledged. */
async function handsOutTheRest(world: World): Promise<void> {
  world.failNext = "no";
  await world.letAllHappen();
  world.clock.nowMs += 3 * leaseMs;
  const { position } = world.kept.consumer;
  const seen: number[] = [];
  let after: number | null = null;
  let lease: string | null = null;
  let at = 0;
  for (let more = true; more; at++) {
    const signal = new AbortController().signal;
    const asked: Promise<Fetched | null> | undefined = world.consumers[at % processCount]?.fetch(key, {
      lease,
      after,
      limit: 2,
      waitMs: 0,
      signal,
    });
    await settle();
    await world.letAllHappen();
    const fetched: Fetched | null | undefined = await asked;
    assert.ok(fetched != null);
    ({ lease } = fetched);
    after = fetched.page.through;
    more = fetched.page.more;
    seen.push(...fetched.page.events.map((event) => event.position));
  }
  assert.deepEqual(
    seen,
    Array.from({ length: world.head - position }, (_, index) => position + 1 + index),
  );
}
