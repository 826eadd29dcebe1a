/**
 * The store in virtual time: the memory store behind a disk that is slow now and then, refuses, and keeps what was
 * written when the process dies. A write is durable at one moment and told at a later one; a crash may come between.
 * Beside it stands a book of what is durable, kept by another hand (`simulated-store.ts`).
 */
import { TrotlineError } from "../../../src/core/errors.ts";
import type { StoredEvent } from "../../../src/core/event.ts";
import type { LogBounds } from "../../../src/log/event-log.ts";
import type { JournalBatch } from "../../../src/log/journal.ts";
import type { Store } from "../../../src/log/store.ts";
import { uncounted } from "./uncounted.ts";
import type { Life, VirtualLoop } from "./virtual-loop.ts";

type Method = (...given: unknown[]) => unknown;
type Appended = (events: readonly StoredEvent[]) => void;

/** Shares of reads and writes that are refused. */
export interface Trouble {
  reads: number;
  writes: number;
}

/** What becomes durable is told, at that moment, to whoever keeps the book. May hand back another batch: a planted bug. */
export interface DiskBook {
  journalled(batch: JournalBatch): JournalBatch | null;
  appended(events: readonly StoredEvent[]): void;
  done(name: string, given: readonly unknown[], result: unknown): void;
  /** The process is about to hear of it, and of what it appended. */
  told(name: string, given: readonly unknown[], appended: readonly StoredEvent[]): void;
}

export interface DiskOptions {
  readonly loop: VirtualLoop;
  readonly fraction: () => number;
  readonly memory: Store;
  readonly book: DiskBook;
  /** Answers a commit before it is durable: a planted bug. */
  readonly answersEarly: boolean;
}

const slowShare = 0.01;
const slowMs = 3_000;
const commitMsMax = 8;
const tellMsMax = 4;
const readMsMax = 10;
const reading =
  /^(load|read|readBack|find|positionBefore|parked\w*|first\w*|delivery|delivered\w*|standing\w*|failed\w*|attempts?|list\w*)$/;

export class SimulatedDisk {
  readonly trouble: Trouble = { reads: 0, writes: 0 };
  readonly options: DiskOptions;
  /** What the write under way appended. */
  #appended: StoredEvent[] = [];

  constructor(options: DiskOptions) {
    this.options = options;
    options.memory.events.onAppended((events) => {
      options.book.appended(events);
      this.#appended.push(...events);
    });
  }

  /** The store as one process sees it. */
  open(life: Life): Store {
    return new Session(this, life).store;
  }

  takeAppended(): readonly StoredEvent[] {
    const appended = this.#appended;
    this.#appended = [];
    return appended;
  }
}

class Session {
  readonly store: Store;
  readonly #disk: SimulatedDisk;
  readonly #life: Life;
  #bounds: LogBounds;
  readonly #listeners: Appended[] = [];
  /** Writes become durable in the order in which they were asked for, and are told so in that order. */
  #durableAtMs = 0;
  #toldAtMs = 0;

  constructor(disk: SimulatedDisk, life: Life) {
    const { memory } = disk.options;
    this.#disk = disk;
    this.#life = life;
    this.#bounds = memory.events.bounds();
    const ports = Object.entries(memory).map(([name, port]) => [
      name,
      typeof port === "object" ? this.#port(name, port) : port,
    ]);
    this.store = { ...Object.fromEntries(ports), statistics: uncounted, close: async () => {} };
  }

  #port(portName: string, port: object): object {
    return new Proxy(port, {
      get: (target, name) => {
        const method = (target as Record<string | symbol, unknown>)[name];
        if (typeof method !== "function") return method;
        if (name === "bounds") return () => this.#bounds;
        if (name === "onAppended") return (listener: Appended) => this.#listen(listener);
        const act: Method = (...given) => method.apply(target, given);
        const fullName = `${portName}.${String(name)}`;
        const isRead = reading.test(String(name));
        return (...given: unknown[]) => (isRead ? this.#read(() => act(...given)) : this.#write(fullName, given, act));
      },
    });
  }

  #listen(listener: Appended): void {
    this.#listeners.push(listener);
  }

  #read(act: () => unknown): Promise<unknown> {
    const { loop, fraction } = this.#disk.options;
    return new Promise((resolve, reject) => {
      loop.plan(this.#life, readMsMax * fraction(), () => {
        if (fraction() < this.#disk.trouble.reads) reject(unavailable());
        else resolve(act());
      });
    });
  }

  #write(name: string, given: readonly unknown[], act: Method): Promise<unknown> {
    const { loop, fraction, answersEarly } = this.#disk.options;
    return new Promise((resolve, reject) => {
      const isSlow = fraction() < slowShare;
      const durableAtMs = loop.nowMs + (isSlow ? slowMs : 0.3 + commitMsMax * fraction());
      this.#durableAtMs = Math.max(this.#durableAtMs, durableAtMs);
      if (answersEarly && name === "journal.commit") {
        this.#tell(() => resolve(undefined));
        this.#durableAtMs += 2_000;
      }
      loop.plan(this.#life, this.#durableAtMs - loop.nowMs, () => {
        if (fraction() < this.#disk.trouble.writes) this.#tell(() => reject(unavailable()));
        else this.#makeDurable({ name, given, act }, { resolve, reject });
      });
    });
  }

  #makeDurable(
    write: { name: string; given: readonly unknown[]; act: Method },
    answer: { resolve: (result: unknown) => void; reject: (error: unknown) => void },
  ): void {
    const { book, memory } = this.#disk.options;
    const { name } = write;
    const given = name === "journal.commit" ? [book.journalled(write.given[0] as JournalBatch)] : write.given;
    const done = given[0] === null ? undefined : write.act(...given);
    const appended = this.#disk.takeAppended();
    const bounds = memory.events.bounds();
    Promise.resolve(done).then(
      (result) => {
        book.done(name, given, result);
        this.#tell(() => {
          this.#bounds = bounds;
          book.told(name, given, appended);
          if (appended.length > 0) for (const listener of this.#listeners) listener(appended);
          answer.resolve(result);
        });
      },
      (error) => this.#tell(() => answer.reject(error)),
    );
  }

  #tell(run: () => void): void {
    const { loop, fraction } = this.#disk.options;
    this.#toldAtMs = Math.max(this.#toldAtMs, loop.nowMs + tellMsMax * fraction());
    loop.plan(this.#life, this.#toldAtMs - loop.nowMs, run);
  }
}

const unavailable = (): TrotlineError => new TrotlineError("store-unavailable", "The simulated disk refuses.");
