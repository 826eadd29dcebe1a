/** One consumer as clients of this process read it, while others of its clients may be at other processes. */
import {
  type Consumer,
  decideBoth,
  decideReading,
  leasedUntilMs,
  lostEvents,
  type ReadingRequest,
} from "../core/consumer.ts";
import { makeId } from "../core/ids.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { ConsumerKey, KeptConsumer, SharedConsumerStore } from "../log/consumer-store.ts";
import type { EventLog } from "../log/event-log.ts";
import { ConsumerFetch, type Pages } from "./consumer-fetch.ts";
import type { Fetched, FetchRequest } from "./consumer-reader.ts";
import { notFound, refusal, refuseExpired } from "./consumer-refusal.ts";
import { ConsumerSelection } from "./consumer-selection.ts";
import { isSetSame } from "./consumer-settings.ts";
import { ConsumerTurns, readingOf } from "./consumer-turns.ts";
import type { Ready, Viewed } from "./consumer-views.ts";
import type { FeedPage } from "./feed.ts";
import type { StoreClock } from "./store-clock.ts";

/** What a page was read of may have changed so often before its lease was taken. */
const triesMax = 20;

export interface SharedConsumerParts {
  readonly shared: SharedConsumerStore;
  readonly storeClock: StoreClock;
  readonly events: Pick<EventLog, "bounds">;
  readonly feed: Pages;
  readonly clock: Clock;
  readonly random: Random;
}

/** A page that was read before its fetch was decided: in one turn where it is the answer. */
interface Prepared {
  readonly of: Consumer;
  readonly after: number;
  readonly page: FeedPage;
  readonly isAnswer: boolean;
}

export class SharedConsumer {
  readonly key: ConsumerKey;
  readonly #parts: SharedConsumerParts;
  readonly #turns: ConsumerTurns;
  readonly #selected = new ConsumerSelection();
  /** Those that wait, each with the settings that it waits under. */
  readonly #fetches = new Map<ConsumerFetch, Consumer>();
  /** A lease that may have been taken, and that nobody was told of: the answer of the store was lost. */
  #untold: string | null = null;

  constructor(parts: SharedConsumerParts, key: ConsumerKey) {
    this.key = key;
    this.#parts = parts;
    const onSeen = (kept: KeptConsumer | null): void => this.#tellFetches(kept);
    this.#turns = new ConsumerTurns({ store: parts.shared, clock: parts.storeClock, onSeen }, key);
  }

  /** As the store had it when it was asked last; null where there was none, or nobody asked. */
  get seen(): KeptConsumer | null {
    return this.#turns.seen;
  }

  /** Whoever waits is told what that means for him. */
  saw(kept: KeptConsumer | null): void {
    this.#turns.saw(kept);
  }

  get isWaiting(): boolean {
    return this.#fetches.size > 0;
  }

  viewOf(kept: KeptConsumer): Viewed {
    const { storeClock } = this.#parts;
    const untilMs = leasedUntilMs(readingOf(kept), storeClock.nowMs());
    return {
      consumer: kept.consumer,
      leasedUntilMs: untilMs === null ? null : storeClock.here(untilMs),
      ready: (consumer) => this.#ready(consumer),
    };
  }

  async ask(): Promise<KeptConsumer> {
    return this.#turns.ask();
  }

  /** Null where the client is gone. */
  async fetch(request: FetchRequest): Promise<Fetched | null> {
    const { clock, random } = this.#parts;
    const newToken = makeId("lease", clock.wallMs(), random.bytes(16));
    const { lease: token, after, waitMs } = request;
    const ask: ReadingRequest = { ask: "fetch", token, newToken, after, waitMs };
    for (let tries = 0; tries < triesMax; tries++) {
      const prepared = await this.#prepare(ask, request);
      if (request.signal.aborted) return null;
      const fetch = new ConsumerFetch(token ?? newToken, this.#parts.feed);
      const kept = await this.#begin(fetch, ask, prepared);
      if (kept === null || prepared === null) continue;
      return prepared.isAnswer
        ? this.#fetched(kept, prepared.page, fetch.token)
        : this.#wait(fetch, prepared, request).finally(() => this.#fetches.delete(fetch));
    }
    throw refusal({ refused: "overloaded", retryAfterMs: 1000 });
  }

  async acknowledge(token: string, position: number): Promise<KeptConsumer> {
    const asks: [ReadingRequest, ReadingRequest] = [
      { ask: "acknowledge", token, position },
      { ask: "answered", token, through: null },
    ];
    return this.#require(await this.#turns.decide((kept, nowMs) => decideBoth(readingOf(kept), asks, nowMs)));
  }

  /** Ends the lease of whoever has it. */
  async seek(position: number): Promise<KeptConsumer> {
    return this.#require(await this.#decide({ ask: "seek", position }));
  }

  async release(token: string): Promise<void> {
    await this.#decide({ ask: "release", token });
  }

  /** Its state was told for the `times`th time; what another process told since then stays. */
  async noteTold(told: NonNullable<Consumer["told"]>): Promise<void> {
    await this.#turns.tell((before) => ((before?.times ?? 0) + 1 === told.times ? told : null));
  }

  /** What there is, where a lease may be had; null where what is known says that it may not. */
  async #prepare(ask: ReadingRequest, { after: asked, limit, waitMs }: FetchRequest): Promise<Prepared | null> {
    const { consumer, lease } = await this.#notExpired();
    const decision = decideReading(this.#readable({ consumer, lease }), ask, this.#parts.storeClock.nowMs());
    if ("refused" in decision) return null;
    const after = asked ?? consumer.position;
    const page = await this.#parts.feed.page({ selection: this.#ready(consumer).selection, after, limit });
    return { of: consumer, after, page, isAnswer: page.events.length > 0 || page.more || waitMs === 0 };
  }

  async #notExpired(): Promise<KeptConsumer> {
    const kept = await this.#turns.lately();
    const { events } = this.#parts;
    if (lostEvents(kept.consumer.position, events.bounds().earliest) === 0) return kept;
    const now = await this.#turns.ask();
    refuseExpired(now.consumer.position, { name: this.key.name, events });
    return now;
  }

  /** Takes or renews the lease; null where the page is not what follows what is stored now. */
  async #begin(fetch: ConsumerFetch, ask: ReadingRequest, prepared: Prepared | null): Promise<KeptConsumer | null> {
    const isAhead = ask.ask === "fetch" && ask.after !== null;
    try {
      return await this.#turns.decide(
        (kept, nowMs) => {
          const reading = this.#readable(kept);
          const decision = decideReading(reading, ask, nowMs);
          if ("refused" in decision) return decision;
          if (prepared === null || !isSetSame(prepared.of, kept.consumer)) return null;
          if (!isAhead && prepared.after !== kept.consumer.position) return null;
          if (!prepared.isAnswer) return decision;
          const { through } = prepared.page;
          return decideReading(decision.next, { ask: "answered", token: fetch.token, through }, nowMs);
        },
        () => {
          if (prepared !== null && !prepared.isAnswer) this.#fetches.set(fetch, prepared.of);
        },
      );
    } catch (error) {
      if (ask.ask === "fetch" && fetch.token === ask.newToken) this.#untold = ask.newToken;
      throw error;
    }
  }

  async #wait(fetch: ConsumerFetch, { of, after, page }: Prepared, request: FetchRequest): Promise<Fetched | null> {
    const leave = (): void => fetch.interrupt("gone");
    request.signal.addEventListener("abort", leave, { once: true });
    if (request.signal.aborted) leave();
    try {
      const { limit, waitMs } = request;
      const { selection } = this.#ready(of);
      const came = await fetch.wait({ selection, after: page.through, limit, waitMs });
      if (came === null) return await this.#drop(fetch.token);
      refuseExpired(after, { name: this.key.name, events: this.#parts.events });
      const kept = await this.#decide({ ask: "answered", token: fetch.token, through: came.through });
      return this.#fetched(this.#require(kept), came, fetch.token);
    } catch (error) {
      await this.#drop(fetch.token);
      throw error;
    } finally {
      request.signal.removeEventListener("abort", leave);
    }
  }

  #fetched({ lease }: KeptConsumer, page: FeedPage, token: string): Fetched {
    const { storeClock } = this.#parts;
    return { page, lease: token, leasedUntilMs: storeClock.here(lease?.untilMs ?? storeClock.nowMs()) };
  }

  /** Where it cannot be told, the lease runs out by itself. */
  async #drop(token: string): Promise<null> {
    await this.#decide({ ask: "dropped", token }).catch(() => {});
    return null;
  }

  #decide(ask: ReadingRequest): Promise<KeptConsumer | null> {
    return this.#turns.decide((kept, nowMs) => decideReading(readingOf(kept), ask, nowMs));
  }

  #readable(kept: Pick<KeptConsumer, "consumer" | "lease">) {
    const isUntold = kept.lease !== null && kept.lease.token === this.#untold;
    return readingOf(isUntold ? { ...kept, lease: null } : kept);
  }

  #ready(consumer: Consumer): Ready {
    return this.#selected.ready(consumer);
  }

  #require(kept: KeptConsumer | null): KeptConsumer {
    if (kept === null) throw notFound(this.key);
    return kept;
  }

  #tellFetches(kept: KeptConsumer | null): void {
    for (const [fetch, of] of this.#fetches) {
      if (kept === null) fetch.interrupt(notFound(this.key));
      else if (kept.lease?.token !== fetch.token) fetch.interrupt(refusal({ refused: "lease-stale" }));
      else if (!isSetSame(of, kept.consumer)) fetch.interrupt("changed");
    }
  }
}
