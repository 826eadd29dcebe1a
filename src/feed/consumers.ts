/** Named consumers: who reads, how far, and under whose lease. Positions are durable, leases live in memory. */
import {
  atRiskRatio,
  type Consumer,
  type ConsumerState,
  consumerState,
  isConsumerName,
  type RetentionFacts,
} from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { EventLog } from "../log/event-log.ts";
import { ConsumerReader, type Fetched, type FetchRequest, type ReaderParts } from "./consumer-reader.ts";
import { makeSelection } from "./selection.ts";

export interface ConsumersOptions extends ReaderParts {
  readonly events: Pick<EventLog, "bounds" | "read" | "positionBefore">;
  readonly logBytes: () => number;
  readonly retentionAgeMs: number;
  readonly retentionBytesMax: number | null;
}

/** Which consumer. */
export interface ConsumerKey {
  readonly tenant: string;
  readonly name: string;
}

export type ConsumerSettings = Pick<Consumer, "types" | "filter" | "subject" | "leaseMs">;

const consumerDefaults: ConsumerSettings = { types: [], filter: null, subject: null, leaseMs: limits.leaseMsDefault };

/** A consumer, and where it stands now. */
export interface ConsumerView {
  readonly consumer: Consumer;
  readonly head: number;
  readonly state: ConsumerState;
  /** When the oldest event that it has not acknowledged was accepted; null where there is none. By the steady clock. */
  readonly oldestAcceptedAtMs: number | null;
  readonly lagMs: number;
  /** By the steady clock; null while nobody has its lease. */
  readonly leasedUntilMs: number | null;
}

/**
 * Events that one list of consumers looks at to find the oldest that each has not acknowledged; those that one of them
 * looks at may be as many as a page does. The next list goes on from there.
 */
const lookedAtPerList = 20_000;

/** How many events may still be looked at. */
interface Look {
  left: number;
}

/** The log is asked for its old end no more often than this. */
const oldThroughEveryMs = 1000;

export class Consumers {
  readonly #options: ConsumersOptions;
  /** By tenant, then by name. */
  readonly #readers = new Map<string, Map<string, ConsumerReader>>();
  #oldThrough: { readonly readAtMs: number; readonly position: Promise<number> } | null = null;

  private constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  static async load(options: ConsumersOptions): Promise<Consumers> {
    const consumers = new Consumers(options);
    const { head } = options.events.bounds();
    for (const stored of await options.store.load()) {
      const consumer = stored.position <= head ? stored : { ...stored, position: head };
      // The log has lost its last events, and gives their positions again: it must not pass over the new ones.
      if (consumer !== stored) await options.store.put(consumer);
      consumers.#ofTenant(consumer.tenant).set(consumer.name, new ConsumerReader(options, consumer, consumer));
    }
    return consumers;
  }

  /**
   * Makes a consumer that begins behind `start`, or changes the one there is, which keeps its position. Settings that
   * are left out stay as they are, or take their defaults.
   * Refuses with `consumer-name-invalid`, `consumer-limit`, `invalid-query` and `filter-invalid`.
   */
  async put(
    key: ConsumerKey,
    change: Partial<ConsumerSettings>,
    start: () => Promise<number>,
  ): Promise<{ isNew: boolean }> {
    if (!isConsumerName(key.name)) {
      const rule = `1 to ${limits.consumerNameLength} letters, digits and - _ . : , beginning with a letter or digit`;
      throw new TrotlineError("consumer-name-invalid", `The name of a consumer is ${rule}.`, { field: "name" });
    }
    makeSelection({ ...consumerDefaults, ...change, tenant: key.tenant });
    const position = this.#decided(key) === null ? await start() : 0;
    const before = this.#decided(key);
    const nowMs = this.#options.clock.wallMs();
    const made = { ...consumerDefaults, ...key, position, createdAtMs: nowMs };
    const reader = this.#readerFor(key);
    const consumer = { ...(before ?? made), ...change, updatedAtMs: nowMs };
    await this.#change(key, reader, () => reader.put(consumer));
    return { isNew: before === null };
  }

  async remove(key: ConsumerKey): Promise<void> {
    const reader = this.#require(key);
    await this.#change(key, reader, () => reader.remove());
  }

  /** `consumer-not-found` where there is none. */
  check(key: ConsumerKey): void {
    this.#require(key);
  }

  /** In order of name, beginning after `afterName`. */
  async list(query: { tenant: string; afterName: string | null; limit: number }): Promise<{
    views: ConsumerView[];
    more: boolean;
  }> {
    const { tenant, afterName, limit } = query;
    const stored = [...(this.#readers.get(tenant) ?? [])]
      .filter(([name, { record }]) => (afterName === null || name > afterName) && isThere(record))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, reader]) => reader);
    const views: ConsumerView[] = [];
    const look = { left: lookedAtPerList };
    for (const reader of stored.slice(0, limit)) if (isThere(reader.record)) views.push(await this.#view(reader, look));
    return { views, more: stored.length > limit };
  }

  view(key: ConsumerKey): Promise<ConsumerView> {
    return this.#view(this.#require(key));
  }

  /**
   * What is beyond the acknowledged position, under a lease; moves nothing. Null where the client went away. Refuses
   * with `consumer-not-found`, `cursor-expired`, `lease-held`, `lease-stale`, and for `after` as `acknowledge` does.
   */
  fetch(key: ConsumerKey, request: FetchRequest): Promise<Fetched | null> {
    return this.#require(key).fetch(request);
  }

  /** Durable when it resolves. Refuses with `lease-stale`, `ack-backwards` and `ack-beyond-fetched`. */
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

  /** Gives the lease back. Refuses with `lease-stale`. */
  release(key: ConsumerKey, lease: string): void {
    this.#require(key).release(lease);
  }

  /** Every consumer there is, or is being made. */
  *readers(): Generator<ConsumerReader> {
    for (const ofTenant of this.#readers.values()) yield* ofTenant.values();
  }

  /** What says how near retention is to each. */
  async retentionFacts(): Promise<RetentionFacts> {
    const oldThrough = await this.#readOldThrough();
    const { earliest, head } = this.#options.events.bounds();
    return {
      earliest,
      head,
      oldThrough,
      logBytes: this.#options.logBytes(),
      bytesMax: this.#options.retentionBytesMax,
    };
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
    if (reader === undefined) {
      throw new TrotlineError("consumer-not-found", `The tenant \`${tenant}\` has no consumer \`${name}\`.`);
    }
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

  async #view(reader: ConsumerReader, look: Look = { left: 1 }): Promise<ConsumerView> {
    const { events, clock } = this.#options;
    reader.require();
    const consumer = reader.record.stored as Consumer;
    const { position } = consumer;
    const { earliest, head } = events.bounds();
    const isBehind = position < head;
    const oldestAcceptedAtMs = isBehind ? await this.#oldestAcceptedAtMs(reader, consumer, look) : null;
    const oldThrough = isBehind ? await this.#readOldThrough() : 0;
    const state = consumerState(position, {
      earliest,
      head,
      oldThrough,
      logBytes: this.#options.logBytes(),
      bytesMax: this.#options.retentionBytesMax,
    });
    const lagMs = oldestAcceptedAtMs === null ? 0 : Math.max(0, clock.steadyMs() - oldestAcceptedAtMs);
    return { consumer, head, state, oldestAcceptedAtMs, lagMs, leasedUntilMs: reader.leasedUntilMs };
  }

  /** Of what is left of the log, where retention passed the consumer. */
  async #oldestAcceptedAtMs(reader: ConsumerReader, consumer: Consumer, look: Look): Promise<number | null> {
    const { events, feed } = this.#options;
    const { selection, lag } = reader.ready(consumer);
    const position = Math.max(consumer.position, events.bounds().earliest - 1);
    const pageAfter = async (after: number) => {
      const page = await feed.page({ selection, after, limit: 1 });
      look.left -= page.through - after;
      return page;
    };
    const firstAfter = async (after: number) => {
      const { events: found } = await events.read({ after, limit: 1, bytesMax: 1, tenant: consumer.tenant });
      return found[0]?.acceptedAtMs ?? null;
    };
    try {
      return await lag.oldestAcceptedAtMs(position, { canLook: look.left > 0, pageAfter, firstAfter });
    } catch (error) {
      // Retention ran meanwhile.
      if (error instanceof TrotlineError && error.code === "cursor-expired") return firstAfter(position);
      throw error;
    }
  }

  /** The last position older than most of what retention keeps. One question serves all consumers for a while. */
  async #readOldThrough(): Promise<number> {
    const { clock, events, retentionAgeMs } = this.#options;
    const nowMs = clock.steadyMs();
    if (this.#oldThrough === null || nowMs - this.#oldThrough.readAtMs >= oldThroughEveryMs) {
      const position = events.positionBefore(nowMs - retentionAgeMs * atRiskRatio);
      this.#oldThrough = { readAtMs: nowMs, position };
    }
    const asked = this.#oldThrough;
    try {
      return await asked.position;
    } catch (error) {
      if (this.#oldThrough === asked) this.#oldThrough = null;
      throw error;
    }
  }
}

const isThere = ({ stored, decided }: ConsumerReader["record"]): boolean => stored !== null && decided !== null;
