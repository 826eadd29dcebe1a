/**
 * Consumers under every interleaving of clients, commits, pages, failures of the store and restarts: a hand decides what
 * happens next, and a record of who was answered what says whether it may.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type { Consumer } from "../../src/core/consumer.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import type { StoredEvent } from "../../src/core/event.ts";
import type { Pages } from "../../src/feed/consumer-fetch.ts";
import type { Consumers } from "../../src/feed/consumers.ts";
import type { FeedPage, PageQuery } from "../../src/feed/feed.ts";
import { loadConsumers } from "../../src/feed/load-consumers.ts";
import type { ConsumerStore } from "../../src/log/consumer-store.ts";

const leaseMs = 1000;
const key = { tenant: "default", name: "billing" };
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
  acceptedAtMs: 0,
});

/** Everything that was asked for has gone as far as it can without the hand. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Sixteen bytes that no other number has, in their last five bits. */
const bytesOf = (number: number): Uint8Array => new Uint8Array(16).map((_, index) => (number >> (5 * index)) & 31);

/** What happens when the hand lets it: a commit, a page, an answer to a waiter. */
interface Pending {
  readonly happen: () => void;
  /** For a commit: it may be on disk, or not, when the process dies. */
  readonly commit?: () => void;
}

/** What may be acknowledged since one seek. */
interface Generation {
  readonly answered: Set<number>;
}

const upTo = (position: number): Set<number> => new Set(Array.from({ length: position }, (_, index) => index + 1));

class World {
  nowMs = 0;
  head = 0;
  disk: Consumer | null = null;
  pending: Pending[] = [];
  waiters = new Set<(page: FeedPage) => void>();
  failNext: "no" | "refused" | "unknown" = "no";
  consumers!: Consumers;
  life = 0;
  deeds = 0;
  tokens = 0;
  seeks = 0;
  generations: Generation[] = [{ answered: new Set() }];
  /** What was acknowledged since the last seek was asked for: never lost again. */
  floor = 0;
  /** Leases in the order that they were taken: when the fetch was asked that took it. */
  readonly taken: { readonly token: string; readonly askedAt: number }[] = [];
  readonly acknowledged: { readonly token: string; readonly askedAt: number }[] = [];
  readonly clients = Array.from({ length: 3 }, () => ({
    lease: null as string | null,
    cursors: [0],
    gone: new AbortController(),
  }));

  async start(): Promise<void> {
    this.life += 1;
    this.pending = [];
    this.waiters.clear();
    this.consumers = await loadConsumers({
      store: this.#store(),
      feed: this.#feed(),
      events: {
        bounds: () => ({ epochs: [{ id: "000000000000", after: 0 }], earliest: 1, head: this.head }),
        read: async () => ({ events: [], through: this.head }),
        positionBefore: async () => 0,
      },
      clock: { wallMs: () => this.nowMs, steadyMs: () => this.nowMs },
      random: { fraction: () => 0, bytes: () => bytesOf(this.tokens++) },
      logBytes: () => 0,
      retentionAgeMs: 1e9,
      retentionBytesMax: null,
    });
  }

  #store(): ConsumerStore {
    const later = <Value>(commit: () => void): Promise<Value> =>
      new Promise((resolve, reject) => {
        const happen = (): void => {
          const failure = this.failNext;
          this.failNext = "no";
          // A seek that may have been stored, or not, would leave it open what may be acknowledged.
          if (failure === "no" || (failure === "unknown" && this.generations.length === 1)) commit();
          if (failure === "no") resolve(undefined as Value);
          else reject(new TrotlineError("store-unavailable", "It failed."));
        };
        this.pending.push({ happen, commit });
      });
    return {
      load: async () => (this.disk === null ? [] : [this.disk]),
      put: (consumer) => {
        const generation = this.generations.at(-1);
        return later<void>(() => {
          for (let at = 1; at <= consumer.position; at++) {
            assert.ok(generation?.answered.has(at), `${at} is acknowledged and was answered to nobody`);
          }
          this.disk = consumer;
        });
      },
      remove: () => later<void>(() => assert.fail("nobody deletes")),
    };
  }

  #feed(): Pages {
    const pageOf = ({ after, limit }: PageQuery): FeedPage => {
      const last = Math.min(this.head, after + limit);
      const events = Array.from({ length: Math.max(0, last - after) }, (_, index) => anEvent(after + 1 + index));
      return { events, through: Math.max(after, last), more: last < this.head };
    };
    return {
      page: (query) => new Promise((resolve) => this.pending.push({ happen: () => resolve(pageOf(query)) })),
      wait: (query, onPage) => {
        const answer = (): void => {
          if (this.waiters.delete(answer)) onPage(pageOf(query));
        };
        this.waiters.add(answer);
        return { cancel: () => this.waiters.delete(answer) };
      },
    };
  }

  fetch(number: number, options: { knows: boolean; ahead: boolean; waits: boolean }): void {
    const client = this.clients[number] as World["clients"][0];
    const askedAt = this.deeds++;
    const lease = options.knows ? client.lease : null;
    const after = options.ahead ? Math.max(...client.cursors) : null;
    const { life } = this;
    client.gone = new AbortController();
    const asked = this.consumers.fetch(key, {
      lease,
      after,
      limit: 2,
      waitMs: options.waits ? 1000 : 0,
      signal: client.gone.signal,
    });
    asked.then(
      (fetched) => {
        if (life !== this.life || fetched === null) return;
        if (lease === null) this.taken.push({ token: fetched.lease, askedAt });
        client.lease = fetched.lease;
        client.cursors.push(...fetched.page.events.map(({ position }) => position), fetched.page.through);
        const from = fetched.page.events[0]?.position ?? fetched.page.through + 1;
        for (let at = from; at <= fetched.page.through; at++) {
          for (const { answered } of this.generations) answered.add(at);
        }
      },
      (error: unknown) => this.#refused(error, client),
    );
  }

  acknowledge(number: number, which: number): void {
    const client = this.clients[number] as World["clients"][0];
    const { lease, cursors } = client;
    if (lease === null) return;
    const askedAt = this.deeds++;
    const position = cursors.at(-1 - (which % cursors.length)) as number;
    const { seeks, life } = this;
    this.consumers.acknowledge(key, lease, position).then(
      () => {
        if (life !== this.life) return;
        this.acknowledged.push({ token: lease, askedAt });
        if (seeks === this.seeks) this.floor = Math.max(this.floor, position);
        this.checkFloor();
      },
      (error: unknown) => this.#refused(error, client),
    );
  }

  seek(to: number): void {
    const position = Math.min(to, this.head);
    const generation = { answered: upTo(position) };
    const { life } = this;
    this.seeks += 1;
    this.floor = 0;
    this.generations.push(generation);
    this.consumers.seek(key, position).then(
      () => {},
      (error: unknown) => {
        this.#refused(error);
        if (life === this.life) this.generations = this.generations.filter((one) => one !== generation);
      },
    );
  }

  /** Dies, and begins again with what is on disk: of the commits under way, some. */
  async restart(commits: number): Promise<void> {
    const [first] = this.pending.filter(({ commit }) => commit !== undefined);
    if (commits % 2 === 0) first?.commit?.();
    for (const client of this.clients) client.gone = new AbortController();
    this.generations = [{ answered: this.#answeredOn() }];
    await this.start();
  }

  /** After a restart it does not matter which seeks were stored: everything up to what is on disk counts as answered. */
  #answeredOn(): Set<number> {
    const [oldest] = this.generations;
    const position = this.disk?.position ?? 0;
    return this.generations.length === 1 && oldest !== undefined ? oldest.answered : upTo(position);
  }

  step(which: number): void {
    const [next] = this.pending.splice(which % Math.max(1, this.pending.length), 1);
    next?.happen();
  }

  checkFloor(): void {
    const position = this.disk?.position ?? 0;
    assert.ok(position >= this.floor, `${this.floor} was acknowledged, and ${position} is stored`);
  }

  /** Nobody acknowledged under a lease after another had taken one. */
  checkFencing(): void {
    for (const { token, askedAt } of this.acknowledged) {
      const index = this.taken.findIndex((one) => one.token === token);
      const later = this.taken.find((one, at) => at > index && one.askedAt < askedAt);
      assert.ok(index !== -1 && later === undefined, `${token} moved the position after ${later?.token} was taken`);
    }
  }

  /** Clients use a lease until they are told that it is stale. */
  #refused(error: unknown, client?: { lease: string | null }): void {
    if (!(error instanceof TrotlineError)) throw error;
    if (error.code === "lease-stale" && client !== undefined) client.lease = null;
  }
}

const client = fc.nat(2);
const mostly = fc.nat(3).map((number) => number > 0);
/** Of the cursors that a client has seen, counted from the newest. */
const cursor = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(20) });
const which = fc.nat(20);
const step = which.map((number) => ({ name: "step", run: (world: World) => world.step(number) }));
const deed: fc.Arbitrary<{ name: string; run: (world: World) => void | Promise<void> }> = fc.oneof(
  { weight: 30, arbitrary: step },
  {
    weight: 9,
    arbitrary: fc
      .record({ client, knows: mostly, ahead: fc.boolean(), waits: fc.boolean() })
      .map((fetch) => ({ name: "fetch", run: (world: World) => world.fetch(fetch.client, fetch) })),
  },
  {
    weight: 12,
    arbitrary: fc
      .tuple(client, cursor)
      .map(([number, back]) => ({ name: "ack", run: (world: World) => world.acknowledge(number, back) })),
  },
  {
    weight: 4,
    arbitrary: fc.nat(3).map((count) => ({
      name: "publish",
      run: (world: World) => {
        world.head += count;
        if (count > 0) for (const answer of [...world.waiters] as (() => void)[]) answer();
      },
    })),
  },
  { weight: 1, arbitrary: which.map((to) => ({ name: "seek", run: (world: World) => world.seek(to) })) },
  {
    weight: 1,
    arbitrary: fc.nat(leaseMs).map((ms) => ({
      name: "pass",
      run: (world: World) => {
        world.nowMs += ms;
      },
    })),
  },
  {
    weight: 1,
    arbitrary: client.map((number) => ({ name: "leave", run: (world: World) => world.clients[number]?.gone.abort() })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("refused" as const, "unknown" as const).map((failure) => ({
      name: "fail",
      run: (world: World) => {
        world.failNext = failure;
      },
    })),
  },
  {
    weight: 1,
    arbitrary: which.map((commits) => ({ name: "restart", run: (world: World) => world.restart(commits) })),
  },
);

it("acknowledged positions hold, and cover only what was answered, whatever happens in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 100, maxLength: 200, size: "max" }), async (deeds) => {
      const world = new World();
      await world.start();
      const made = world.consumers.put(key, { leaseMs }, async () => 0);
      await settle();
      world.step(0);
      assert.deepEqual(await made, { isNew: true });
      for (const { run } of deeds) {
        await run(world);
        await settle();
        world.checkFloor();
      }
      world.checkFencing();
      await handsOutTheRest(world);
    }),
    { numRuns: Number(process.env.TEST_CONSUMER_RUNS ?? 300) },
  );
});

/** Whoever comes last is answered everything that is not acknowledged. */
async function handsOutTheRest(world: World): Promise<void> {
  world.failNext = "no";
  await world.restart(1);
  world.nowMs += leaseMs;
  const position = world.disk?.position ?? 0;
  const seen: number[] = [];
  let after: number | null = null;
  let lease: string | null = null;
  for (let more = true; more; ) {
    const asked = world.consumers.fetch(key, {
      lease,
      after,
      limit: 2,
      waitMs: 0,
      signal: new AbortController().signal,
    });
    await settle();
    world.step(0);
    const fetched = await asked;
    assert.ok(fetched !== null);
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
