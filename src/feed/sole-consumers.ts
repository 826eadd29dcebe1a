/** The consumers of a store that one process owns. Positions are durable, leases live in memory. */
import type { Consumer, RetentionFacts } from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { ConsumerReader, type Fetched, type FetchRequest } from "./consumer-reader.ts";
import { notFound } from "./consumer-refusal.ts";
import { type ConsumerSettings, checkSettings, withSettings } from "./consumer-settings.ts";
import { type ConsumerView, ConsumerViews, type Viewed } from "./consumer-views.ts";
import type { ConsumerKey, Consumers, ConsumersOptions } from "./consumers.ts";

export class SoleConsumers implements Consumers {
  readonly #options: ConsumersOptions;
  readonly #views: ConsumerViews;
  /** By tenant, then by name. */
  readonly #readers = new Map<string, Map<string, ConsumerReader>>();

  private constructor(options: ConsumersOptions) {
    this.#options = options;
    this.#views = new ConsumerViews(options);
  }

  static async load(options: ConsumersOptions): Promise<SoleConsumers> {
    const consumers = new SoleConsumers(options);
    const { head } = options.events.bounds();
    for (const stored of await options.store.load()) {
      const consumer = stored.position <= head ? stored : { ...stored, position: head };
      // The log has lost its last events, and gives their positions again: it must not pass over the new ones.
      if (consumer !== stored) await options.store.put(consumer);
      consumers.#ofTenant(consumer.tenant).set(consumer.name, new ConsumerReader(options, consumer, consumer));
    }
    return consumers;
  }

  async put(
    key: ConsumerKey,
    change: Partial<ConsumerSettings>,
    start: () => Promise<number>,
  ): Promise<{ isNew: boolean }> {
    checkSettings(key, change);
    const position = this.#decided(key) === null ? await start() : 0;
    const before = this.#decided(key);
    const reader = this.#readerFor(key);
    const consumer = withSettings(before, change, { ...key, position, nowMs: this.#options.clock.wallMs() });
    await this.#change(key, reader, () => reader.put(consumer));
    return { isNew: before === null };
  }

  async remove(key: ConsumerKey): Promise<void> {
    const reader = this.#require(key);
    await this.#change(key, reader, () => reader.remove());
  }

  async check(key: ConsumerKey): Promise<void> {
    this.#require(key);
  }

  async list(query: { tenant: string; afterName: string | null; limit: number }): Promise<{
    views: ConsumerView[];
    more: boolean;
  }> {
    const { tenant, afterName, limit } = query;
    const stored = [...(this.#readers.get(tenant) ?? [])]
      .filter(([name, { record }]) => (afterName === null || name > afterName) && isThere(record))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, reader]) => reader);
    const asked = stored.slice(0, limit).map((reader) => () => (isThere(reader.record) ? viewed(reader) : null));
    return { views: await this.#views.list(asked), more: stored.length > limit };
  }

  async view(key: ConsumerKey): Promise<ConsumerView> {
    return this.#view(this.#require(key));
  }

  async fetch(key: ConsumerKey, request: FetchRequest): Promise<Fetched | null> {
    return this.#require(key).fetch(request);
  }

  async acknowledge(key: ConsumerKey, lease: string, position: number): Promise<ConsumerView> {
    const reader = this.#require(key);
    await reader.acknowledge(lease, position);
    return this.#view(reader);
  }

  async seek(key: ConsumerKey, position: number): Promise<ConsumerView> {
    const reader = this.#require(key);
    await reader.seek(position);
    return this.#view(reader);
  }

  async release(key: ConsumerKey, lease: string): Promise<void> {
    this.#require(key).release(lease);
  }

  async *all(): AsyncGenerator<Consumer> {
    for (const ofTenant of [...this.#readers.values()]) {
      for (const { record } of [...ofTenant.values()]) {
        if (record.stored !== null && record.decided !== null) yield record.stored;
      }
    }
  }

  async noteTold({ tenant, name }: ConsumerKey, told: NonNullable<Consumer["told"]>): Promise<void> {
    await this.#readers.get(tenant)?.get(name)?.noteTold(told);
  }

  retentionFacts(): Promise<RetentionFacts> {
    return this.#views.retentionFacts();
  }

  #view(reader: ConsumerReader): Promise<ConsumerView> {
    reader.require();
    return this.#views.view(viewed(reader));
  }

  #ofTenant(tenant: string): Map<string, ConsumerReader> {
    const readers = this.#readers.get(tenant) ?? new Map<string, ConsumerReader>();
    this.#readers.set(tenant, readers);
    return readers;
  }

  #decided({ tenant, name }: ConsumerKey): Consumer | null {
    return this.#readers.get(tenant)?.get(name)?.record.decided ?? null;
  }

  /** The reader, a new one where there is none. Refuses with `consumer-limit`. */
  #readerFor(key: ConsumerKey): ConsumerReader {
    const readers = this.#ofTenant(key.tenant);
    const known = readers.get(key.name);
    if (known !== undefined) return known;
    if (readers.size >= limits.consumersPerTenant) {
      const detail = `The tenant \`${key.tenant}\` has ${limits.consumersPerTenant} consumers already.`;
      throw new TrotlineError("consumer-limit", detail);
    }
    const reader = new ConsumerReader(this.#options, key, null);
    readers.set(key.name, reader);
    return reader;
  }

  #require({ tenant, name }: ConsumerKey): ConsumerReader {
    const reader = this.#readers.get(tenant)?.get(name);
    if (reader === undefined) throw notFound({ tenant, name });
    reader.require();
    return reader;
  }

  /** What is left of a consumer that was deleted, or could not be made, is forgotten. */
  async #change({ tenant, name }: ConsumerKey, reader: ConsumerReader, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } finally {
      if (reader.record.isGone) {
        const readers = this.#ofTenant(tenant);
        if (readers.get(name) === reader) readers.delete(name);
        if (readers.size === 0) this.#readers.delete(tenant);
      }
    }
  }
}

const isThere = ({ stored, decided }: ConsumerReader["record"]): boolean => stored !== null && decided !== null;

/** Of one that is there. */
const viewed = (reader: ConsumerReader): Viewed => ({
  consumer: reader.record.stored as Consumer,
  leasedUntilMs: reader.leasedUntilMs,
  ready: (consumer) => reader.ready(consumer),
});
