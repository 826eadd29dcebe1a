import type { Epochs } from "../../core/epochs.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { Clock, Logger } from "../../core/ports.ts";
import type { LogBounds } from "../event-log.ts";
import { unpackEvents } from "./event-columns.ts";
import type { GroupAnswer, WalSize } from "./group.ts";
import { acceptJournal, failGroup, settleGroup } from "./settle.ts";
import { WorkerThread } from "./worker-thread.ts";
import { type PendingGroup, WriteQueue, type WriteWork } from "./write-queue.ts";
import type { WriterFaultRule } from "./writer-fault.ts";
import type { LoadQuestion, OpenAnswer, OpenQuestion } from "./writer-worker.ts";

/** A heap this small keeps an idle thread small; data and numbers of messages are outside of it. */
const threadLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 };
/**
 * Groups that the thread has at once: one that it commits, and one at its door, which it begins without having to be
 * told that the other was taken note of here. Publishing one by one became a tenth faster by the second.
 */
const groupsUnderWayMax = 2;
/** Between attempts to write, or to start the thread again, while the store is in trouble. */
const retryAfterMs = 1000;

export interface WriterOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly databaseBytesMax: number | null;
  readonly queueBytesMax: number;
  readonly queueEventsMax: number;
  readonly fault: WriterFaultRule | null;
  /** After each commit. */
  readonly onWal: (wal: WalSize) => void;
}

/**
 * This process's end of the thread that writes (writer-worker.ts). While one group commits the next collects; a thread
 * that dies is started again, and what it had stored untold is told.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #queue: WriteQueue;
  #thread: WorkerThread | null = null;
  #starting: Promise<void> | null = null;
  /** What the thread has, in order; `groupsUnderWayMax` at most. */
  readonly #committing: PendingGroup[] = [];
  /** What a thread had when it died. */
  #lost: PendingGroup[] = [];
  #lostError: TrotlineError | null = null;
  #isWoken = false;
  #isHeld = false;
  #isClosing = false;
  #whenIdle: (() => void)[] = [];
  #retry: NodeJS.Timeout | null = null;
  #epochs: Epochs = [];
  #earliest = 1;
  #head = 0;
  #acceptedAtMs = 0;
  #logBytes = 0;
  #journalBatch = 0;
  #commits = 0;
  #trouble: TrotlineError | null = null;
  readonly #listeners: ((events: readonly StoredEvent[]) => void)[] = [];

  private constructor(options: WriterOptions) {
    this.#options = options;
    this.#queue = new WriteQueue(options.queueEventsMax, options.queueBytesMax);
  }

  static async open(options: WriterOptions): Promise<Writer> {
    const writer = new Writer(options);
    await writer.#startThread(null, options.fault);
    return writer;
  }

  bounds(): LogBounds {
    return { epochs: this.#epochs, earliest: this.#earliest, head: this.#head };
  }

  trouble(): TrotlineError | null {
    return this.#trouble;
  }

  counters(): { commits: number; logBytes: number; queued: number } {
    return {
      commits: this.#commits,
      logBytes: this.#logBytes,
      queued: this.#committing.reduce((rows, group) => rows + group.rows, this.#queue.rows),
    };
  }

  onAppended(listener: (events: readonly StoredEvent[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Answers after the commit; what, `settleGroup` says. Throws `overloaded` and `shutting-down` at once. */
  submit<Result>(work: WriteWork): Promise<Result> {
    if (this.#isClosing) return Promise.reject(new TrotlineError("shutting-down", "The store is closing."));
    return new Promise<Result>((resolve, reject) => {
      const refusal = this.#queue.add({ work, resolve: resolve as (result: unknown) => void, reject });
      if (refusal !== null) reject(refusal);
      else this.#wake();
    });
  }

  /** A question about what is stored, answered by the thread itself: for the start, when no reader runs. */
  async load<Answer>(what: LoadQuestion["do"]): Promise<Answer> {
    if (this.#isClosing) throw new TrotlineError("shutting-down", "The store is closing.");
    if (this.#thread === null) throw this.#trouble ?? new TrotlineError("store-unavailable", "The store is starting.");
    return this.#thread.ask<Answer>({ do: what });
  }

  /** Runs something while no transaction is open and none begins. */
  async whileIdle(work: () => Promise<void>): Promise<void> {
    this.#isHeld = true;
    try {
      if (this.#committing.length > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
      await work();
    } finally {
      this.#isHeld = false;
      this.#wake();
    }
  }

  /** Commits what was taken, lets others let go of the file (`beforeLast`), and ends the thread. */
  async close(beforeLast: () => Promise<void>): Promise<void> {
    this.#isClosing = true;
    while (this.#committing.length > 0 || !this.#queue.isEmpty) {
      if (this.#thread === null) break;
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    }
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#starting?.catch(() => {});
    this.#failAll(new TrotlineError("shutting-down", "The store is closed."));
    await beforeLast();
    await this.#thread?.end();
  }

  /** What arrives in one turn of the event loop goes together. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      this.#commitNext();
    });
  }

  #commitNext(): void {
    if (this.#thread === null || this.#isHeld || this.#committing.length === groupsUnderWayMax) return;
    // A second group goes when it is no smaller than the first: until then, it had better grow than be a commit more.
    if (this.#queue.rows < (this.#committing[0]?.rows ?? 0)) return;
    const group = this.#queue.take();
    if (group === null) return;
    const nowMs = this.#options.clock.steadyMs();
    if (group.packer.hasJournal) this.#journalBatch += 1;
    group.acceptedAtMs = Math.max(this.#acceptedAtMs, nowMs);
    group.journalBatch = group.packer.hasJournal ? this.#journalBatch : 0;
    this.#committing.push(group);
    const { acceptedAtMs, journalBatch } = group;
    const keysThroughMs = nowMs - limits.idempotencyKeyAgeMs;
    const { message, transfer } = group.packer.finish({ acceptedAtMs, nowMs, keysThroughMs, journalBatch });
    this.#thread.ask<GroupAnswer>(message, transfer).then(
      (answer) => this.#committed(group, answer),
      (error) => this.#refused(group, error as TrotlineError),
    );
  }

  #committed(group: PendingGroup, answer: GroupAnswer): void {
    this.#commits += 1;
    this.#trouble = null;
    this.#committing.shift();
    this.#endCommit();
    const { stored, finish } = settleGroup(group, answer);
    this.#logBytes = answer.logBytes;
    for (const trim of answer.trims) this.#earliest = Math.max(this.#earliest, trim.earliest);
    try {
      this.#publish(stored);
    } finally {
      // A listener that throws is a defect of its own; who waits for an answer has nothing to do with it.
      finish(this.#epochs);
      this.#options.onWal(answer.wal);
    }
  }

  /** Nothing of the group was stored. The next one is tried as if nothing had happened. */
  #refused(group: PendingGroup, error: TrotlineError): void {
    // Of a thread that died: whether it was stored is asked first.
    if (this.#committing[0] !== group) return;
    this.#committing.shift();
    this.#enterTrouble(error);
    this.#retryLater(() => void this.submit({ do: "probe" }).catch(() => {}));
    this.#endCommit();
    failGroup(group, error);
  }

  /** The thread goes on with the next group while this one is answered. */
  #endCommit(): void {
    if (this.#committing.length === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    this.#commitNext();
  }

  #publish(events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#head = last.position;
    this.#acceptedAtMs = last.acceptedAtMs;
    for (const listener of this.#listeners) listener(events);
  }

  #startThread(knownHead: number | null, fault: WriterFaultRule | null): Promise<void> {
    this.#starting = this.#openThread(knownHead, fault).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #openThread(knownHead: number | null, fault: WriterFaultRule | null): Promise<void> {
    const { path, databaseBytesMax, clock } = this.#options;
    const thread = new WorkerThread("writer-worker", threadLimits, (error) => this.#died(thread, error));
    const nowMs = clock.wallMs();
    const question: OpenQuestion = { do: "open", path, databaseBytesMax, knownHead, nowMs, fault };
    const state = await thread.ask<OpenAnswer>(question).catch(async (error) => {
      await thread.end();
      throw error;
    });
    this.#thread = thread;
    this.#epochs = state.epochs ?? this.#epochs;
    this.#earliest = state.earliest;
    this.#acceptedAtMs = Math.max(this.#acceptedAtMs, state.acceptedAtMs);
    this.#logBytes = state.logBytes;
    if (knownHead === null) {
      this.#head = state.head;
      this.#journalBatch = state.journalBatch;
    }
    if (state.missed !== null) this.#publish(unpackEvents(state.missed));
    this.#endLost(state.journalBatch);
  }

  /**
   * The thread ended by itself. Which of the groups that it had were committed is known when another has looked: until
   * then nobody is answered.
   */
  #died(thread: WorkerThread, error: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.#lost = this.#committing.splice(0);
    this.#lostError = error as TrotlineError;
    this.#enterTrouble(this.#lostError);
    this.#restart();
  }

  #restart(): void {
    this.#startThread(this.#head, null).then(
      () => {
        this.#trouble = null;
        this.#options.logger.info({}, "the store's writer runs again");
        this.#endCommit();
      },
      (error) => {
        this.#enterTrouble(error as TrotlineError);
        this.#failAll(error as TrotlineError);
        this.#retryLater(() => this.#restart());
      },
    );
  }

  /**
   * Answers for the groups that a dead thread had. A journal batch is known by its number; events are announced, and
   * may be published again. Of several groups one at most has a batch: whoever journals waits for one before the next.
   */
  #endLost(journalBatch: number): void {
    const error = this.#lostError ?? new TrotlineError("store-unavailable", "The store's thread ended.");
    for (const lost of this.#lost.splice(0)) {
      if (lost.journalBatch > 0 && lost.journalBatch <= journalBatch) acceptJournal(lost);
      failGroup(lost, error);
    }
  }

  #failAll(error: TrotlineError): void {
    for (const lost of this.#lost.splice(0)) failGroup(lost, error);
    for (let group = this.#queue.take(); group !== null; group = this.#queue.take()) failGroup(group, error);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #enterTrouble(error: TrotlineError): void {
    if (this.#trouble === null)
      this.#options.logger.error({ code: error.code, detail: error.message }, "the store refuses writes");
    this.#trouble = error;
  }

  #retryLater(retry: () => void): void {
    if (this.#retry !== null || this.#isClosing) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (this.#trouble !== null && !this.#isClosing) retry();
    }, retryAfterMs);
  }
}
