import { isSettledState } from "../../core/delivery.ts";
import type { Epochs } from "../../core/epochs.ts";
import { TrotlineError } from "../../core/errors.ts";
import { eventBytes, type StoredEvent, sameBytes, sameContent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { ShardLease } from "../../core/shard.ts";
import type {
  AppendedItem,
  AppendOutcome,
  AppendRequest,
  EventLog,
  EventPage,
  Idempotency,
  LogBounds,
  PublishedEvent,
  ReadBackQuery,
  ReadQuery,
  Redeliveries,
  TrimResult,
  TrimRule,
} from "../event-log.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `EventLog`: arrays and maps, nothing clever. */
export class MemoryEventLog implements EventLog {
  readonly #data: MemoryData;
  readonly #epochs: Epochs;
  /** Of this store; those of others that share the data are in there, too. */
  readonly #listeners: ((events: readonly StoredEvent[]) => void)[] = [];

  constructor(data: MemoryData, epochs: Epochs) {
    this.#data = data;
    this.#epochs = epochs;
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    this.#data.requireOpen();
    const { idempotency } = request;
    const remembered = idempotency === null ? undefined : this.#data.idempotency.get(keyOf(idempotency));
    if (remembered !== undefined && idempotency !== null && !this.#isOld(remembered.createdAtMs)) {
      return sameBytes(remembered.bodyHash, idempotency.bodyHash)
        ? { kind: "repeated", items: remembered.items }
        : { kind: "idempotency-mismatch" };
    }
    const { items, stored } = this.#judge(request);
    const bytes = stored.reduce((sum, event) => sum + eventBytes(event), 0);
    if (this.#data.logBytes + bytes > this.#data.bytesMax) {
      throw new TrotlineError("store-full", `The log holds ${this.#data.logBytes} of ${this.#data.bytesMax} bytes.`);
    }
    this.#store(stored);
    const isRefused = request.atomic && items.some((item) => item.outcome === "conflict");
    if (idempotency !== null && !isRefused) {
      const createdAtMs = this.#data.clock.steadyMs();
      this.#data.idempotency.delete(keyOf(idempotency));
      this.#data.idempotency.set(keyOf(idempotency), { bodyHash: idempotency.bodyHash, items, createdAtMs });
    }
    return { kind: "answered", items };
  }

  /** What becomes of each event, and the events to be stored. */
  #judge(request: AppendRequest): { items: AppendedItem[]; stored: StoredEvent[] } {
    const stored: StoredEvent[] = [];
    const fresh = new Map<string, StoredEvent>();
    const acceptedAtMs = Math.max(this.#data.acceptedAtMs, this.#data.clock.steadyMs());
    const items = request.events.map((published): AppendedItem => {
      const { id } = published;
      const existing = this.#byId(published.tenant, id) ?? fresh.get(`${published.tenant} ${id}`);
      if (existing !== undefined) {
        const isSame = sameContent(existing, published, published.occurredAtWasGiven);
        if (isSame && published.request !== null) this.#data.redelivered(existing.position);
        return { id, position: existing.position, outcome: isSame ? "duplicate" : "conflict" };
      }
      const { occurredAtWasGiven: _, ...event } = published;
      const position = this.#data.head + stored.length + 1;
      const storedEvent = { ...event, position, acceptedAtMs };
      stored.push(storedEvent);
      fresh.set(`${published.tenant} ${id}`, storedEvent);
      return { id, position, outcome: "stored" };
    });
    if (!request.atomic || !items.some((item) => item.outcome === "conflict")) return { items, stored };
    const head = this.#data.head;
    return { items: items.map((item) => (item.position > head ? { ...item, position: 0 } : item)), stored: [] };
  }

  #store(events: readonly StoredEvent[]): void {
    this.#data.commits += 1;
    for (const event of events) {
      this.#data.events.push(event);
      this.#data.positionsById.set(`${event.tenant} ${event.id}`, event.position);
      this.#data.logBytes += eventBytes(event);
      this.#data.acceptedAtMs = event.acceptedAtMs;
    }
    if (events.length > 0) for (const listener of this.#data.listeners) listener(events);
  }

  /** Nobody is told any more. */
  close(): void {
    for (const listener of this.#listeners) this.#data.listeners.delete(listener);
  }

  /** Events that go into the log with a change of the registry, or with what lanes did. */
  announce(events: readonly PublishedEvent[]): void {
    this.#store(this.#judge({ events, atomic: false, idempotency: null }).stored);
  }

  bounds(): LogBounds {
    return { epochs: this.#epochs, earliest: this.#data.trimmedThrough + 1, head: this.#data.head };
  }

  onAppended(listener: (events: readonly StoredEvent[]) => void): void {
    this.#listeners.push(listener);
    this.#data.listeners.add(listener);
  }

  async read(query: ReadQuery): Promise<EventPage> {
    this.#data.requireOpen();
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const event of this.#data.events) {
      if (event.position <= query.after || (query.tenant !== undefined && event.tenant !== query.tenant)) continue;
      bytes += eventBytes(event);
      const last = events.at(-1);
      if (last !== undefined && bytes > query.bytesMax) return { events, through: last.position };
      events.push(event);
      if (events.length === query.limit) return { events, through: event.position };
    }
    return { events, through: Math.max(query.after, this.#data.head) };
  }

  async readBack(query: ReadBackQuery): Promise<EventPage> {
    this.#data.requireOpen();
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const event of this.#data.events.toReversed()) {
      if (event.position >= query.before || (query.tenant !== undefined && event.tenant !== query.tenant)) continue;
      bytes += eventBytes(event);
      const last = events.at(-1);
      if (last !== undefined && bytes > query.bytesMax) return { events, through: last.position };
      events.push(event);
      if (events.length === query.limit) return { events, through: event.position };
    }
    return { events, through: Math.min(query.before, this.bounds().earliest) };
  }

  async find(tenant: string, id: string): Promise<StoredEvent | null> {
    this.#data.requireOpen();
    return this.#byId(tenant, id) ?? null;
  }

  async redeliveries(position: number): Promise<Redeliveries> {
    this.#data.requireOpen();
    return this.#data.redeliveries.get(position) ?? { count: 0, lastAtMs: null };
  }

  async positionBefore(timeMs: number): Promise<number> {
    this.#data.requireOpen();
    const last = this.#data.events.findLast((event) => event.acceptedAtMs < timeMs);
    if (last !== undefined) return last.position;
    return this.#data.trimmedAcceptedAtMs < timeMs ? this.#data.trimmedThrough : 0;
  }

  async trim(rule: TrimRule): Promise<TrimResult> {
    this.#data.requireOpen();
    const through = this.#trimThrough(rule);
    const cancelled = new Map<number, number>();
    for (const [endpointNumber, rows] of this.#data.parked) {
      if (rule.leases !== undefined && !this.#isHeld(rule.leases, endpointNumber)) continue;
      for (const row of rows.values()) {
        if (row.position > through) continue;
        rows.delete(row.position);
        if (!isSettledState(row.state)) cancelled.set(endpointNumber, (cancelled.get(endpointNumber) ?? 0) + 1);
      }
    }
    const gone = this.#data.events.splice(0, Math.max(0, through - this.#data.trimmedThrough));
    for (const event of gone) {
      this.#data.positionsById.delete(`${event.tenant} ${event.id}`);
      this.#data.logBytes -= eventBytes(event);
      this.#data.trimmedAcceptedAtMs = event.acceptedAtMs;
      this.#data.redeliveries.delete(event.position);
    }
    this.#data.trimmedThrough += gone.length;
    this.#data.commits += 1;
    const more = this.#forgetKeys(rule.rowsMax) || this.#isDue(rule, 0, 0);
    return { removed: gone.length, bounds: this.bounds(), more, cancelled };
  }

  #isHeld(leases: readonly ShardLease[], endpointNumber: number): boolean {
    const shard = this.#data.shardOf(endpointNumber);
    return leases.some((lease) => lease.shard === shard && lease.fence === this.#data.shards[shard]?.fence);
  }

  /**
   * The last position that this step removes: at most `rowsMax` events, and at most as many parked rows, yet one event.
   */
  #trimThrough(rule: TrimRule): number {
    const parkedPositions = [...this.#data.parked.values()].flatMap((rows) => [...rows.keys()]);
    let removed = 0;
    let bytes = 0;
    while (removed < rule.rowsMax && this.#isDue(rule, removed, bytes)) {
      const event = this.#data.events[removed] as StoredEvent;
      const parked = parkedPositions.filter((position) => position <= event.position).length;
      if (removed > 0 && parked > rule.rowsMax) break;
      removed += 1;
      bytes += eventBytes(event);
    }
    return this.#data.trimmedThrough + removed;
  }

  /** Whether the event after `removed` others, of `bytes` in all, is to be removed too. */
  #isDue(rule: TrimRule, removed: number, bytes: number): boolean {
    const event = this.#data.events[removed];
    if (event === undefined) return false;
    const isTooMuch = rule.bytesMax !== null && this.#data.logBytes - bytes > rule.bytesMax;
    return isTooMuch || event.acceptedAtMs < rule.olderThanMs;
  }

  /** True when there are more to forget. */
  #forgetKeys(rowsMax: number): boolean {
    const old = [...this.#data.idempotency].filter(([, remembered]) => this.#isOld(remembered.createdAtMs));
    for (const [key] of old.slice(0, rowsMax)) this.#data.idempotency.delete(key);
    return old.length > rowsMax;
  }

  #isOld(createdAtMs: number): boolean {
    return createdAtMs <= this.#data.clock.steadyMs() - limits.idempotencyKeyAgeMs;
  }

  #byId(tenant: string, id: string): StoredEvent | undefined {
    const position = this.#data.positionsById.get(`${tenant} ${id}`);
    return position === undefined ? undefined : this.#data.eventAt(position);
  }
}

const keyOf = (idempotency: Idempotency): string => JSON.stringify([idempotency.scope, idempotency.key]);
