/**
 * Three processes that read as one consumer, and a hand that decides what happens next: each decision that takes effect
 * is held to what the store had before it.
 */
import assert from "node:assert/strict";
import { leasedUntilMs } from "../../src/core/consumer.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import type { StoredEvent } from "../../src/core/event.ts";
import type { Pages } from "../../src/feed/consumer-fetch.ts";
import type { Consumers } from "../../src/feed/consumers.ts";
import type { FeedPage, PageQuery } from "../../src/feed/feed.ts";
import { loadConsumers } from "../../src/feed/load-consumers.ts";
import type {
  ConsumerDecision,
  ConsumerStore,
  KeptConsumer,
  SharedConsumerStore,
} from "../../src/log/consumer-store.ts";
import { MemoryConsumerStore } from "../../src/log/memory/consumer-store.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { HandClock } from "../conformance/store-kinds.ts";

export const leaseMs = 1000;
export const processCount = 3;
export const key = { tenant: "default", name: "billing" };

const anEvent = (position: number): StoredEvent => ({
  ...{ id: `e${position}`, tenant: "default", type: "a", subject: null, occurredAtMs: 0, version: null, request: null },
  ...{ data: new Uint8Array(), position, acceptedAtMs: 0 },
});

export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Sixteen bytes that no other number has, in their last five bits. */
const bytesOf = (number: number): Uint8Array => new Uint8Array(16).map((_, index) => (number >> (5 * index)) & 31);

interface Pending {
  readonly process: number;
  readonly happen: () => void;
  /** What may take effect although its process dies. */
  readonly isEffect: boolean;
}

export class World {
  readonly clock = new HandClock();
  readonly data = new MemoryData({ clock: this.clock, shards: 4 });
  readonly store = new MemoryConsumerStore(this.data);
  head = 0;
  tokens = 0;
  /** The next answer of the store that is lost, with or without its effect. */
  failNext: "no" | "refused" | "unknown" = "no";
  pending: Pending[] = [];
  readonly lives = Array.from({ length: processCount }, () => 0);
  readonly waiters = Array.from({ length: processCount }, () => new Set<() => void>());
  readonly consumers: Consumers[] = [];
  /** Everything that some client was answered, or that a seek went over. */
  readonly received = new Set<number>();
  /** Leases that a client was told of. */
  readonly told = new Set<string>();
  readonly seeking = new Set<number>();
  seekEffects = 0;
  readonly clients = Array.from({ length: 4 }, () => ({
    lease: null as string | null,
    cursors: [0],
    gone: new AbortController(),
  }));

  get kept(): KeptConsumer {
    return this.data.consumers.get(`${key.tenant} ${key.name}`) ?? assert.fail("it is gone");
  }

  async start(process: number): Promise<void> {
    this.lives[process] = (this.lives[process] ?? 0) + 1;
    // Of what was under way, some had reached the store.
    const lost = this.pending.filter((one) => one.process === process);
    this.pending = this.pending.filter((one) => one.process !== process);
    for (const one of lost.slice(0, 1)) if (one.isEffect) one.happen();
    this.pending = this.pending.filter((one) => one.process !== process);
    this.waiters[process]?.clear();
    const store: ConsumerStore = Object.assign(Object.create(this.store), { shared: this.#shared(process) });
    this.consumers[process] = await loadConsumers({
      store,
      feed: this.#feed(process),
      events: {
        bounds: () => ({ epochs: [{ id: "000000000000", after: 0 }], earliest: 1, head: this.head }),
        read: async () => ({ events: [], through: this.head }),
        positionBefore: async () => 0,
      },
      pulse: { listen: (kind, tell) => void this.data.pulseListeners.add({ kind, told: tell }) },
      clock: this.clock,
      random: { fraction: () => 0, bytes: () => bytesOf(this.tokens++) },
      logBytes: () => 0,
      retentionAgeMs: 1e9,
      retentionBytesMax: null,
    });
  }

  /** Each call takes effect when the hand lets it, and is answered when the hand lets it once more. */
  #shared(process: number): SharedConsumerStore {
    const shared = this.store.shared ?? assert.fail();
    const later = <Value>(work: () => Promise<Value>): Promise<Value> => {
      const life = this.lives[process];
      return new Promise((resolve, reject) => {
        const failure = this.failNext;
        this.failNext = "no";
        const happen = (): void => {
          const result = failure === "refused" ? null : work();
          const answer = (): void => {
            if (failure === "no" && result !== null) resolve(result);
            else reject(new TrotlineError("store-unavailable", "It failed."));
          };
          if (this.lives[process] === life) this.pending.push({ process, happen: answer, isEffect: false });
        };
        this.pending.push({ process, happen, isEffect: true });
      });
    };
    return {
      find: (keys) => later(() => shared.find(keys)),
      page: (query) => shared.page(query),
      configure: (consumer, over) => shared.configure(consumer, over),
      decide: (decision) =>
        later(async () => {
          const before = this.kept;
          const answering = shared.decide(decision);
          if (this.kept !== before) this.#checkEffect(before, decision);
          return answering;
        }),
    };
  }

  #checkEffect(before: KeptConsumer, { position, lease }: ConsumerDecision): void {
    const was = before.consumer.position;
    if (lease === null && position !== was) {
      assert.ok(this.seeking.has(position), "moved by one who has no lease");
      this.seekEffects += 1;
      for (let at = 1; at <= position; at++) this.received.add(at);
      return;
    }
    assert.ok(position >= was, "an acknowledged position went back");
    const reading = { position: was, leaseMs: before.consumer.leaseMs, lease: before.lease };
    const isHeld = leasedUntilMs(reading, this.clock.nowMs) !== null;
    if (position > was) {
      assert.equal(lease?.token, before.lease?.token, "moved by one who has no lease");
      for (let at = was + 1; at <= position; at++) assert.ok(this.received.has(at), `${at} was answered to nobody`);
    }
    if (lease !== null && lease.token !== before.lease?.token && isHeld) {
      assert.ok(!this.told.has(before.lease?.token ?? ""), "a lease was taken from somebody who has it");
    }
  }

  #feed(process: number): Pages {
    const pageOf = ({ after, limit }: PageQuery): FeedPage => {
      const last = Math.min(this.head, after + limit);
      const events = Array.from({ length: Math.max(0, last - after) }, (_, index) => anEvent(after + 1 + index));
      return { events, through: Math.max(after, last), more: last < this.head };
    };
    const waiters = this.waiters[process] as Set<() => void>;
    return {
      page: (query) =>
        new Promise((resolve) => {
          this.pending.push({ process, happen: () => resolve(pageOf(query)), isEffect: false });
        }),
      wait: (query, onPage) => {
        const answer = (): void => {
          if (waiters.delete(answer)) onPage(pageOf(query));
        };
        waiters.add(answer);
        return { cancel: () => waiters.delete(answer) };
      },
    };
  }

  fetch(process: number, number: number, options: { knows: boolean; ahead: boolean; waits: boolean }): void {
    const client = this.clients[number] as World["clients"][0];
    const life = this.lives[process];
    client.gone = new AbortController();
    const { signal } = client.gone;
    this.consumers[process]
      ?.fetch(key, {
        lease: options.knows ? client.lease : null,
        after: options.ahead ? Math.max(...client.cursors) : null,
        limit: 2,
        waitMs: options.waits ? leaseMs : 0,
        signal,
      })
      .then(
        (fetched) => {
          if (this.lives[process] !== life || fetched === null || signal.aborted) return;
          client.lease = fetched.lease;
          this.told.add(fetched.lease);
          for (const { position } of fetched.page.events) this.received.add(position);
          client.cursors.push(...fetched.page.events.map(({ position }) => position));
        },
        (error: unknown) => this.#refused(error, client),
      );
  }

  acknowledge(process: number, number: number, which: number): void {
    const client = this.clients[number] as World["clients"][0];
    const { lease, cursors } = client;
    if (lease === null) return;
    const life = this.lives[process];
    const position = cursors.at(-1 - (which % cursors.length)) as number;
    const { seekEffects } = this;
    this.consumers[process]?.acknowledge(key, lease, position).then(
      () => {
        if (this.lives[process] !== life || this.seekEffects !== seekEffects) return;
        assert.ok(this.kept.consumer.position >= position, `${position} was acknowledged, and is not stored`);
      },
      (error: unknown) => this.#refused(error, client),
    );
  }

  seek(process: number, to: number): void {
    const position = Math.min(to, this.head);
    this.seeking.add(position);
    this.consumers[process]?.seek(key, position).catch((error: unknown) => this.#refused(error));
  }

  release(process: number, number: number): void {
    const client = this.clients[number] as World["clients"][0];
    if (client.lease === null) return;
    this.consumers[process]?.release(key, client.lease).catch((error: unknown) => this.#refused(error));
    client.lease = null;
  }

  step(which: number): void {
    const [next] = this.pending.splice(which % Math.max(1, this.pending.length), 1);
    next?.happen();
  }

  publish(count: number): void {
    this.head += count;
    for (const waiters of this.waiters) for (const answer of [...waiters]) answer();
  }

  async letAllHappen(): Promise<void> {
    for (let idle = 0; idle < 3; idle = this.pending.length > 0 ? 0 : idle + 1) {
      while (this.pending.length > 0) {
        this.step(0);
        await settle();
      }
      for (const waiters of this.waiters) for (const answer of [...waiters]) answer();
      await settle();
    }
  }

  /** Clients use a lease until they are told that it is stale. */
  #refused(error: unknown, client?: { lease: string | null }): void {
    if (!(error instanceof TrotlineError)) throw error;
    if (error.code === "lease-stale" && client !== undefined) client.lease = null;
  }
}
