/** The consumers of a store that many processes share: positions and leases are the store's. */
import type { Consumer, RetentionFacts } from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";
import type { KeptConsumer, SharedConsumerStore } from "../log/consumer-store.ts";
import type { Fetched, FetchRequest } from "./consumer-reader.ts";
import { notFound } from "./consumer-refusal.ts";
import { type ConsumerSettings, checkSettings, isSetSame, withSettings } from "./consumer-settings.ts";
import { type ConsumerView, ConsumerViews, type Viewed } from "./consumer-views.ts";
import type { ConsumerKey, Consumers, ConsumersOptions } from "./consumers.ts";
import { SharedConsumer } from "./shared-consumer.ts";
import { StoreClock } from "./store-clock.ts";

/** What is known of more is forgotten, and asked for again. */
const knownMax = 20_000;
/** Consumers that one statement asks for. */
const askedMax = 500;
/** So often others may change the settings first. */
const triesMax = 20;

export interface SharedConsumersOptions extends ConsumersOptions {
  readonly shared: SharedConsumerStore;
}

export class SharedConsumers implements Consumers {
  readonly #options: SharedConsumersOptions;
  readonly #views: ConsumerViews;
  readonly #storeClock: StoreClock;
  /** By `tenant name`: neither has a space. Those that were asked about last are the last. */
  readonly #known = new Map<string, SharedConsumer>();
  #looking: Promise<void> | null = null;
  #isAskedAgain = false;

  constructor(options: SharedConsumersOptions) {
    this.#options = options;
    this.#views = new ConsumerViews(options);
    this.#storeClock = new StoreClock(options.clock);
    for (const kind of ["consumers", "configuration"] as const) options.pulse?.listen(kind, () => this.#look());
  }

  async put(
    key: ConsumerKey,
    change: Partial<ConsumerSettings>,
    start: () => Promise<number>,
  ): Promise<{ isNew: boolean }> {
    checkSettings(key, change);
    let kept = await this.#find(key);
    for (let tries = 0; tries < triesMax; tries++) {
      const position = kept === null ? await start() : 0;
      const before: Consumer | null = kept?.consumer ?? null;
      const consumer = withSettings(before, change, { ...key, position, nowMs: this.#options.clock.wallMs() });
      if (before !== null && isSetSame(before, consumer)) return { isNew: false };
      const answer = await this.#options.shared.configure(consumer, kept?.version ?? null);
      this.#of(key).saw(answer.kept);
      if (answer.isTaken) return { isNew: before === null };
      kept = answer.kept;
    }
    throw new TrotlineError("overloaded", `Others changed the consumer \`${key.name}\` ${triesMax} times meanwhile.`);
  }

  async remove(key: ConsumerKey): Promise<void> {
    await this.#require(key);
    await this.#options.store.remove(key.tenant, key.name);
    this.#forget(key);
  }

  async check(key: ConsumerKey): Promise<void> {
    if ((this.#known.get(nameOf(key))?.seen ?? null) === null) await this.#require(key);
  }

  async list(query: { tenant: string; afterName: string | null; limit: number }): Promise<{
    views: ConsumerView[];
    more: boolean;
  }> {
    const { tenant, afterName, limit } = query;
    const after = afterName === null ? null : { tenant, name: afterName };
    const { kept, nowMs } = await this.#options.shared.page({ tenant, after, limit: limit + 1 });
    this.#storeClock.heard(nowMs);
    const asked = kept.slice(0, limit).map((one) => (): Viewed => this.#of(one.consumer).viewOf(one));
    return { views: await this.#views.list(asked), more: kept.length > limit };
  }

  async view(key: ConsumerKey): Promise<ConsumerView> {
    return this.#view(key, await this.#require(key));
  }

  async fetch(key: ConsumerKey, request: FetchRequest): Promise<Fetched | null> {
    return this.#with(key, (consumer) => consumer.fetch(request));
  }

  async acknowledge(key: ConsumerKey, lease: string, position: number): Promise<ConsumerView> {
    return this.#view(key, await this.#with(key, (consumer) => consumer.acknowledge(lease, position)));
  }

  async seek(key: ConsumerKey, position: number): Promise<ConsumerView> {
    return this.#view(key, await this.#with(key, (consumer) => consumer.seek(position)));
  }

  async release(key: ConsumerKey, lease: string): Promise<void> {
    await this.#with(key, (consumer) => consumer.release(lease));
  }

  async *all(): AsyncGenerator<Consumer> {
    for (let after: ConsumerKey | null = null; ; ) {
      const { kept } = await this.#options.shared.page({ tenant: null, after, limit: askedMax });
      for (const { consumer } of kept) yield consumer;
      const last: KeptConsumer | undefined = kept.at(-1);
      if (last === undefined) return;
      after = last.consumer;
    }
  }

  async noteTold(consumer: Consumer, told: NonNullable<Consumer["told"]>): Promise<void> {
    const { position } = consumer;
    try {
      await this.#with(consumer, (known) => known.noteTold({ ...told, position }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  retentionFacts(): Promise<RetentionFacts> {
    return this.#views.retentionFacts();
  }

  #view(key: ConsumerKey, kept: KeptConsumer): Promise<ConsumerView> {
    return this.#views.view(this.#of(key).viewOf(kept));
  }

  async #with<Result>(key: ConsumerKey, work: (consumer: SharedConsumer) => Promise<Result>): Promise<Result> {
    const known = this.#known.get(nameOf(key));
    if (known === undefined) await this.#require(key);
    try {
      return await work(known ?? this.#of(key));
    } catch (error) {
      if (isNotFound(error)) this.#forget(key);
      throw error;
    }
  }

  /** What the store has now. */
  async #require(key: ConsumerKey): Promise<KeptConsumer> {
    const kept = await this.#find(key);
    if (kept === null) throw notFound(key);
    this.#of(key).saw(kept);
    return kept;
  }

  async #find(key: ConsumerKey): Promise<KeptConsumer | null> {
    const { kept, nowMs } = await this.#options.shared.find([key]);
    this.#storeClock.heard(nowMs);
    const [found = null] = kept;
    if (found === null) this.#forget(key);
    return found;
  }

  #of(key: ConsumerKey): SharedConsumer {
    const name = nameOf(key);
    const { tenant, name: own } = key;
    const parts = { ...this.#options, storeClock: this.#storeClock };
    const consumer = this.#known.get(name) ?? new SharedConsumer(parts, { tenant, name: own });
    this.#known.delete(name);
    this.#known.set(name, consumer);
    if (this.#known.size > knownMax) {
      const [oldest] = this.#known.values().filter(({ isWaiting }) => !isWaiting);
      if (oldest !== undefined) this.#known.delete(nameOf(oldest.key));
    }
    return consumer;
  }

  #forget(key: ConsumerKey): void {
    this.#known.get(nameOf(key))?.saw(null);
    this.#known.delete(nameOf(key));
  }

  /** Something of some consumer was changed by somebody: what became of those that are waited for here? */
  #look(): void {
    this.#isAskedAgain = this.#looking !== null;
    this.#looking ??= this.#lookAtWaiting()
      // The store is away, which others say; at the end of each wait it is asked once more.
      .catch(() => {})
      .finally(() => {
        this.#looking = null;
        if (this.#isAskedAgain) this.#look();
      });
  }

  async #lookAtWaiting(): Promise<void> {
    const waiting = [...this.#known.values().filter(({ isWaiting }) => isWaiting)];
    for (let at = 0; at < waiting.length; at += askedMax) {
      const asked = waiting.slice(at, at + askedMax).map((consumer) => ({ consumer, before: consumer.seen }));
      const { kept } = await this.#options.shared.find(asked.map(({ consumer }) => consumer.key));
      for (const [index, { consumer, before }] of asked.entries()) {
        // What it has decided meanwhile may be newer than this answer.
        if (consumer.seen === before) consumer.saw(kept[index] ?? null);
        else this.#isAskedAgain = true;
      }
    }
  }
}

const nameOf = ({ tenant, name }: ConsumerKey): string => `${tenant} ${name}`;

const isNotFound = (error: unknown): boolean => error instanceof TrotlineError && error.code === "consumer-not-found";
