/** One consumer as clients read it: who has its lease, the fetches that wait, and what is kept of it. */
import {
  type Consumer,
  decideReading,
  type Lease,
  leasedUntilMs,
  type Reading,
  type ReadingRequest,
} from "../core/consumer.ts";
import type { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { ConsumerStore } from "../log/consumer-store.ts";
import type { EventLog } from "../log/event-log.ts";
import { ConsumerFetch, type Interruption, type Pages } from "./consumer-fetch.ts";
import { ConsumerRecord } from "./consumer-record.ts";
import { notFound, refusal, refuseExpired } from "./consumer-refusal.ts";
import { ConsumerSelection } from "./consumer-selection.ts";
import { isSetSame } from "./consumer-settings.ts";
import type { Ready } from "./consumer-views.ts";
import type { FeedPage } from "./feed.ts";

export interface ReaderParts {
  readonly store: ConsumerStore;
  readonly events: Pick<EventLog, "bounds">;
  readonly feed: Pages;
  readonly clock: Clock;
  readonly random: Random;
}

export interface FetchRequest {
  /** Null takes a lease. */
  readonly lease: string | null;
  /** Reads ahead from here; null: from what is acknowledged. */
  readonly after: number | null;
  readonly limit: number;
  readonly waitMs: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface Fetched {
  readonly page: FeedPage;
  readonly lease: string;
  /** When the lease runs out, by the steady clock. */
  readonly leasedUntilMs: number;
}

export class ConsumerReader {
  readonly record: ConsumerRecord;
  readonly #parts: ReaderParts;
  readonly #key: { readonly tenant: string; readonly name: string };
  readonly #fetches = new Set<ConsumerFetch>();
  #lease: Lease | null = null;
  readonly #selected = new ConsumerSelection();

  constructor(parts: ReaderParts, key: { tenant: string; name: string }, stored: Consumer | null) {
    this.#parts = parts;
    this.#key = key;
    this.record = new ConsumerRecord(parts.store, key, { stored, onRolledBack: () => this.#rollBack() });
  }

  get leasedUntilMs(): number | null {
    const { decided } = this.record;
    return decided === null ? null : leasedUntilMs(this.#reading(decided), this.#parts.clock.steadyMs());
  }

  /** Makes it, or replaces what is decided; where it is the same already, nobody is disturbed. */
  put(consumer: Consumer): Promise<void> {
    const { decided } = this.record;
    if (decided !== null && isSetSame(decided, consumer)) return this.record.durable();
    this.#interrupt("changed");
    return this.record.decide(consumer);
  }

  remove(): Promise<void> {
    this.require();
    this.#leaveTo(null, this.#notFound());
    return this.record.decide(null);
  }

  /** Null where the client is gone. */
  async fetch(request: FetchRequest): Promise<Fetched | null> {
    const { clock, random, feed } = this.#parts;
    const consumer = this.require();
    const { selection, lag } = this.ready(consumer);
    const after = request.after ?? consumer.position;
    this.#refuseExpired(consumer.position);
    const newToken = makeId("lease", clock.wallMs(), random.bytes(16));
    this.#lease = this.#decide({ ask: "fetch", token: request.lease, newToken, after: request.after }).lease;
    const fetch = new ConsumerFetch(request.lease ?? newToken, feed);
    const leave = (): void => fetch.interrupt("gone");
    request.signal.addEventListener("abort", leave, { once: true });
    this.#fetches.add(fetch);
    try {
      const { limit, waitMs } = request;
      const page = await fetch.page({ selection, after, limit, waitMs });
      if (page === null) return this.#drop(fetch.token);
      this.#refuseExpired(after);
      const { lease } = this.#decide({ ask: "answered", token: fetch.token, through: page.through });
      this.#lease = lease;
      lag.noted(after, page);
      return { page, lease: fetch.token, leasedUntilMs: lease?.untilMs ?? clock.steadyMs() };
    } catch (error) {
      this.#drop(fetch.token);
      throw error;
    } finally {
      request.signal.removeEventListener("abort", leave);
      this.#fetches.delete(fetch);
    }
  }

  /** Resolves when it is durable, together with whatever else was acknowledged meanwhile. */
  async acknowledge(token: string, position: number): Promise<void> {
    const consumer = this.require();
    this.#lease = this.#decide({ ask: "acknowledge", token, position }).lease;
    try {
      await (position === consumer.position ? this.record.durable() : this.record.decide({ ...consumer, position }));
    } catch (error) {
      this.#drop(token);
      throw error;
    }
    this.#take({ ask: "answered", token, through: null });
  }

  /** Ends the lease of whoever has it. */
  seek(position: number): Promise<void> {
    const consumer = this.require();
    this.#leaveTo(this.#decide({ ask: "seek", position }).lease, refusal({ refused: "lease-stale" }));
    return position === consumer.position ? this.record.durable() : this.record.decide({ ...consumer, position });
  }

  /** Its state was told; nobody who reads is disturbed. */
  async noteTold(told: NonNullable<Consumer["told"]>): Promise<void> {
    const { stored, decided } = this.record;
    if (stored !== null && decided !== null) await this.record.decide({ ...decided, told });
  }

  release(token: string): void {
    this.require();
    const { lease } = this.#decide({ ask: "release", token });
    this.#leaveTo(lease, refusal({ refused: "lease-stale" }));
  }

  /** As decided, or `consumer-not-found`. One that is being made is there when it is durable. */
  require(): Consumer {
    const { stored, decided } = this.record;
    if (stored === null || decided === null) throw this.#notFound();
    return decided;
  }

  /** What reads it; made once for each setting. Refuses with `filter-invalid`. */
  ready(consumer: Consumer): Ready {
    return this.#selected.ready(consumer);
  }

  #reading({ position, leaseMs }: Consumer): Reading {
    return { position, leaseMs, lease: this.#lease };
  }

  #decide(request: ReadingRequest): Reading {
    const decision = decideReading(this.#reading(this.require()), request, this.#parts.clock.steadyMs());
    if ("refused" in decision) throw refusal(decision);
    return decision.next;
  }

  /** For what may come when its lease is another's, or the consumer is gone. */
  #take(request: ReadingRequest): void {
    const { decided } = this.record;
    if (decided === null) return;
    const decision = decideReading(this.#reading(decided), request, this.#parts.clock.steadyMs());
    if ("next" in decision) this.#lease = decision.next.lease;
  }

  #drop(token: string): null {
    this.#take({ ask: "dropped", token });
    return null;
  }

  #rollBack(): void {
    const { decided } = this.record;
    if (decided === null) {
      this.#leaveTo(null, this.#notFound());
      return;
    }
    const { position, leaseMs } = decided;
    this.#take({ ask: "rollBack", position, leaseMs });
    this.#leaveTo(this.#lease, refusal({ refused: "lease-stale" }));
    this.#interrupt("changed");
  }

  /** The lease is this one now. Who reads under another is told why. */
  #leaveTo(lease: Lease | null, why: TrotlineError): void {
    this.#lease = lease;
    for (const fetch of this.#fetches) if (fetch.token !== lease?.token) fetch.interrupt(why);
  }

  #interrupt(interruption: Interruption): void {
    for (const fetch of this.#fetches) fetch.interrupt(interruption);
  }

  #refuseExpired(position: number): void {
    refuseExpired(position, { name: this.#key.name, events: this.#parts.events });
  }

  #notFound(): TrotlineError {
    return notFound(this.#key);
  }
}
