/**
 * The store that several processes share, in virtual time: each reaches it over a connection of its own, which is slow
 * now and then, is cut, and may bring what was asked for long after. Every process is told of every event, in order.
 */
import { TrotlineError } from "../../../src/core/errors.ts";
import type { StoredEvent } from "../../../src/core/event.ts";
import { limits } from "../../../src/core/limits.ts";
import type { ShardLease } from "../../../src/core/shard.ts";
import type { JournalBatch } from "../../../src/log/journal.ts";
import type { MemoryData } from "../../../src/log/memory/data.ts";
import { openMemoryStore } from "../../../src/log/memory/store.ts";
import type { RoundAsk } from "../../../src/log/shard-store.ts";
import type { Store } from "../../../src/log/store.ts";
import { uncounted } from "../whole/uncounted.ts";
import type { Life, VirtualLoop } from "../whole/virtual-loop.ts";

type Method = (...given: unknown[]) => unknown;
type Appended = (events: readonly StoredEvent[]) => void;

export interface ClusterDiskParts {
  readonly loop: VirtualLoop;
  readonly fraction: () => number;
  readonly data: MemoryData;
  readonly isCalm: () => boolean;
  /** Right before a write that names fences; answers what is to be told when the store has taken it. */
  readonly writing: (write: FencedWrite) => () => void;
  /** Right before shards are given back, and right after a round. */
  readonly releasing: (leases: readonly ShardLease[], by: Connection) => void;
  readonly roundMade: () => void;
  /** Changes what a process reads: a planted bug. */
  readonly misreads?: (name: string, answer: unknown) => unknown;
}

export interface FencedWrite {
  readonly leases: readonly ShardLease[];
  readonly processId: string;
  /** Null for the progress of a replay. */
  readonly batch: JournalBatch | null;
}

const slowShare = 0.01;
const slowMs = 4_000;
const slowTellShare = 0.05;
const slowTellMs = 3_000;
const commitMsMax = 8;
const tellMsMax = 40;
const readMsMax = 10;
const reading =
  /^(load|read|find|positionBefore|parked\w*|first\w*|delivery|delivered\w*|standing\w*|failed\w*|attempts?|cluster)/;

/** How one process sees the store. */
export class Connection {
  readonly store: Store;
  /** As it announces itself. */
  processId = "";
  /** Nothing is answered until then. */
  cutUntilMs = 0;
  /** It may lose shards without having given them back. */
  disturbedUntilMs = 0;
  readonly #parts: ClusterDiskParts;
  readonly #life: Life;
  #head: number;
  readonly #listeners: Appended[] = [];
  #durableAtMs = 0;
  #toldAtMs = 0;

  constructor(parts: ClusterDiskParts, life: Life) {
    const { data } = parts;
    this.#parts = parts;
    this.#life = life;
    this.#head = data.head;
    const memory = openMemoryStore({ clock: data.clock, shared: data });
    memory.events.onAppended((events) => this.#hear(events));
    const ports = Object.entries(memory).map(([name, port]) => [
      name,
      typeof port === "object" ? this.#port(name, port) : port,
    ]);
    this.store = { ...Object.fromEntries(ports), statistics: uncounted, close: () => memory.close() };
  }

  #port(portName: string, port: object): object {
    return new Proxy(port, {
      get: (target, name) => {
        const method = (target as Record<string | symbol, unknown>)[name];
        if (typeof method !== "function") return method;
        if (name === "bounds") return () => ({ ...(method.call(target) as object), head: this.#head });
        if (portName === "pulse" && name === "listen") {
          return (kind: unknown, told: () => void) => void method.call(target, kind, () => this.#tell(told));
        }
        if (name === "onAppended") return (listener: Appended) => this.#listen(listener);
        const fullName = `${portName}.${String(name)}`;
        const act: Method = (...given) => method.apply(target, given);
        const isRead = reading.test(String(name));
        return (...given: unknown[]) => (isRead ? this.#read(fullName, given, act) : this.#write(fullName, given, act));
      },
    });
  }

  #listen(listener: Appended): void {
    this.#listeners.push(listener);
  }

  #hear(events: readonly StoredEvent[]): void {
    const { loop, fraction } = this.#parts;
    if (fraction() < slowTellShare) this.#toldAtMs = Math.max(this.#toldAtMs, loop.nowMs + slowTellMs);
    this.#tell(() => {
      this.#head = events.at(-1)?.position ?? this.#head;
      for (const listener of this.#listeners) listener(events);
    });
  }

  #read(name: string, given: readonly unknown[], act: Method): Promise<unknown> {
    const { loop, fraction, misreads = (_name, answer) => answer } = this.#parts;
    return new Promise((resolve, reject) => {
      loop.plan(this.#life, readMsMax * fraction(), () => {
        if (this.#isCut) reject(unavailable());
        else resolve(Promise.resolve(act(...given)).then((answer) => misreads(name, answer)));
      });
    });
  }

  /** Half of what a process had asked for when it was stopped comes about meanwhile, the other half when it wakes. */
  #write(name: string, given: readonly unknown[], act: Method): Promise<unknown> {
    const { loop, fraction, isCalm } = this.#parts;
    const isUnderWay = fraction() < 0.5;
    return new Promise((resolve, reject) => {
      const isSlow = fraction() < slowShare && !isCalm();
      if (isSlow) this.disturbed(slowMs);
      const delayMs = isSlow ? slowMs : 0.3 + commitMsMax * fraction();
      this.#durableAtMs = Math.max(this.#durableAtMs, loop.nowMs + delayMs);
      loop.planAt(isUnderWay ? loop.world : this.#life, this.#durableAtMs, () => {
        if (this.#life.isOver && fraction() < 0.5) return;
        if (this.#isCut) this.#tell(() => reject(unavailable()));
        else this.#make({ name, given, act }, { resolve, reject });
      });
    });
  }

  #make(
    write: { name: string; given: readonly unknown[]; act: Method },
    answer: { resolve: (result: unknown) => void; reject: (error: unknown) => void },
  ): void {
    const { loop, fraction, writing, releasing, roundMade } = this.#parts;
    const { name, given } = write;
    const fenced = fencedWrite(name, given);
    const taken = fenced === null ? null : writing({ ...fenced, processId: this.processId });
    const isShards = name.startsWith("shards.");
    if (name === "shards.round") {
      const { process, releases } = given[0] as RoundAsk;
      this.processId = process.id;
      releasing(releases, this);
    }
    // It has another connection: what it is answered overtakes other answers.
    const tell = (run: () => void): void =>
      isShards ? loop.plan(this.#life, tellMsMax * fraction(), run) : this.#tell(run);
    Promise.resolve(write.act(...given)).then(
      (result) => {
        taken?.();
        if (isShards) roundMade();
        // What was asked for before the cut may have come about, and nobody is told.
        tell(() => (this.#isCut ? answer.reject(unavailable()) : answer.resolve(result)));
      },
      (error) => tell(() => answer.reject(error)),
    );
  }

  /** In the order in which it came about. */
  #tell(run: () => void): void {
    const { loop, fraction } = this.#parts;
    this.#toldAtMs = Math.max(this.#toldAtMs, loop.nowMs + tellMsMax * fraction());
    loop.planAt(this.#life, this.#toldAtMs, run);
  }

  disturbed(forMs: number): void {
    const { loop } = this.#parts;
    this.disturbedUntilMs = Math.max(this.disturbedUntilMs, loop.nowMs + forMs + 2 * limits.shardLeaseMs);
  }

  get #isCut(): boolean {
    return this.cutUntilMs > this.#parts.loop.nowMs;
  }
}

function fencedWrite(name: string, given: readonly unknown[]): Omit<FencedWrite, "processId"> | null {
  if (name === "replays.put") return { leases: [given[1] as ShardLease], batch: null };
  if (name !== "journal.commit") return null;
  const batch = given[0] as JournalBatch;
  return { leases: batch.dispatched, batch };
}

const unavailable = (): TrotlineError => new TrotlineError("store-unavailable", "The connection is cut.");
