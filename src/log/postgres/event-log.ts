import type { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type {
  AppendOutcome,
  AppendRequest,
  EventLog,
  EventPage,
  LogBounds,
  PublishedEvent,
  ReadBackQuery,
  ReadQuery,
  Redeliveries,
  TrimResult,
  TrimRule,
} from "../event-log.ts";
import { Appender } from "./appender.ts";
import type { Row, Run } from "./database.ts";
import { epochGuarded, epochGuardedOnce } from "./epoch-guard.ts";
import { EventReads } from "./event-reads.ts";
import { LogEnd } from "./log-end.ts";
import { LogWatch } from "./log-watch.ts";
import type { StoreParts } from "./parts.ts";

/** Puts operational events into the log as a part of somebody's transaction. */
export interface Announcer {
  /** Inside the transaction, as its last part; what the log has already is passed over. */
  announce(run: Run, events: readonly PublishedEvent[]): Promise<void>;
  /** After its commit: answers when listeners were given what is new in the log. */
  announced(): Promise<void>;
}

export interface EventLogOptions {
  /** Positions of a partition that is made from now on. */
  readonly partitionPositions?: number;
  /** What may wait for the database; beyond it appends are refused with `overloaded`. */
  readonly queueEventsMax?: number;
  readonly queueBytesMax?: number;
  /** Whether other processes are heard when they store events; if not, they are only looked for. */
  readonly hasDoorbell?: boolean;
  /** The longest between two looks at what others stored. */
  readonly lookMsMax?: number;
}

const defaults = {
  partitionPositions: 1_000_000,
  queueEventsMax: 50_000,
  queueBytesMax: 64 * 1024 * 1024,
  hasDoorbell: true,
  lookMsMax: 1000,
};
const busyLookMs = 200;
/** Partitions that one step of retention removes at most. */
const dropsPerStep = 4;
/** An event may have gone to many endpoints: so many more parked rows leave in a step than events, at most. */
const parkedPerRow = 10;

export class PostgresEventLog implements EventLog, Announcer {
  /** Writes about the events of this log, which must be there yet. */
  readonly write: StoreParts["write"];
  readonly writeOnce: StoreParts["writeOnce"];
  readonly #parts: StoreParts;
  readonly #end: LogEnd;
  readonly #appender: Appender;
  readonly #reads: EventReads;
  readonly #watch: LogWatch;
  #refusal: TrotlineError | null = null;
  #closed: Promise<void> | null = null;

  static async open(parts: StoreParts, options: EventLogOptions = {}): Promise<PostgresEventLog> {
    const settings = { ...defaults, ...options };
    return new PostgresEventLog(parts, await LogEnd.open(parts, settings.partitionPositions), settings);
  }

  private constructor(parts: StoreParts, end: LogEnd, settings: Required<EventLogOptions>) {
    const { queueEventsMax, queueBytesMax, hasDoorbell, lookMsMax } = settings;
    this.#parts = parts;
    this.#end = end;
    this.write = epochGuarded(parts.write, end);
    this.writeOnce = epochGuardedOnce(parts.writeOnce, end);
    this.#reads = new EventReads(parts, end);
    const busyMs = Math.min(busyLookMs, lookMsMax);
    this.#watch = new LogWatch(parts, end, { hasDoorbell, busyMs, idleMs: lookMsMax });
    const onStored = (): void => this.#watch.stored();
    this.#appender = new Appender(parts, end, { queueEventsMax, queueBytesMax, onStored });
  }

  /** Bytes of data in the log. */
  get logBytes(): number {
    return this.#end.logBytes;
  }

  /** Events that wait to be stored. */
  get queued(): number {
    return this.#appender.queued;
  }

  /** Why nothing can be stored until the store is opened anew; null where that is not so. */
  trouble(): TrotlineError | null {
    return this.#end.trouble();
  }

  /** Told once, where nothing can be stored until the store is opened anew. */
  onForked(listener: (error: TrotlineError) => void): void {
    this.#end.onForked(listener);
  }

  /** Nothing new is taken from now on; what was taken before is finished. */
  refuse(refusal: TrotlineError): void {
    this.#refusal = refusal;
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    if (this.#refusal !== null) throw this.#refusal;
    return this.#appender.append(request);
  }

  bounds(): LogBounds {
    return this.#end.bounds();
  }

  onAppended(listener: (events: readonly StoredEvent[]) => void): void {
    this.#end.onAppended(listener);
  }

  async catchUp(): Promise<void> {
    await this.#end.look();
  }

  read(query: ReadQuery): Promise<EventPage> {
    return this.#reads.read(query);
  }

  readBack(query: ReadBackQuery): Promise<EventPage> {
    return this.#reads.readBack(query);
  }

  find(tenant: string, id: string): Promise<StoredEvent | null> {
    return this.#reads.find(tenant, id);
  }

  redeliveries(position: number): Promise<Redeliveries> {
    return this.#reads.redeliveries(position);
  }

  positionBefore(timeMs: number): Promise<number> {
    return this.#reads.positionBefore(timeMs);
  }

  announce(run: Run, events: readonly PublishedEvent[]): Promise<void> {
    return this.#appender.announce(run, events);
  }

  /** Also for whoever stored events by another way than `append`. */
  async announced(): Promise<void> {
    this.#watch.stored();
    await this.#end.look();
  }

  /**
   * The mark moves first, and what was parked goes in a transaction behind it. What a crash leaves between the two is
   * removed, and told, by the next step. Any number of processes may do it at once.
   */
  async trim({ olderThanMs, bytesMax, rowsMax, leases }: TrimRule): Promise<TrimResult> {
    const nowMs = this.#parts.clock.steadyMs();
    const rule = [olderThanMs, bytesMax, rowsMax, nowMs - limits.idempotencyKeyAgeMs, nowMs];
    const [step] = await this.write((run) => run("events-trim", rule));
    const { trimmed_before: before, trimmed_through: through, trimmed_bytes: bytes, more, can_drop } = step as Row;
    this.#end.trimmed(Number(through), Number(bytes));
    const shards = leases?.map(({ shard }) => shard) ?? null;
    const fences = leases?.map(({ fence }) => fence) ?? null;
    const gone = [Number(through), rowsMax * parkedPerRow, shards, fences];
    const [row] = await this.write((run) => run("parked-trim", gone));
    if (can_drop === true) await this.#dropPartitions(Number(through));
    return {
      removed: Number(through) - Number(before),
      bounds: this.bounds(),
      more: more === true || row?.more === true,
      cancelled: new Map(JSON.parse(String(row?.cancelled ?? "[]"))),
    };
  }

  /** Refuses new work, and finishes what was taken. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#appender.close();
      await this.#watch.close();
      await this.#end.settled();
    })();
    return this.#closed;
  }

  /** What somebody reads just now stays until another step. */
  async #dropPartitions(through: number): Promise<void> {
    for (const parent of ["events", "event_ids"]) {
      for (let drops = 0; drops < dropsPerStep; drops++) {
        const [row] = await this.write((run) => run("partition-drop", [parent, through]));
        if (row?.dropped !== true) break;
      }
    }
  }
}
