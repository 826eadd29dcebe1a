import { TrotlineError } from "../core/errors.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { hasEnded, nextReplayStatus, type Replay, type ReplayMove } from "../core/replay.ts";
import { progressFrom, type ReplayProgress } from "../core/replay-progress.ts";
import type { ReplayStore } from "../log/replay-store.ts";
import { ShardsLostError } from "../log/shard-store.ts";
import type { HeldShard, HeldShards } from "./held-shards.ts";

/** Progress is stored no more often than this; a crash sends what was sent since once more. */
const saveEveryMs = 1000;

export interface KeptReplayParts {
  readonly store: ReplayStore;
  readonly shards: HeldShards;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The record of one replay: a change of its status is durable before it is seen, its progress soon after. */
export class KeptReplay {
  readonly progress: ReplayProgress;
  /** The shard of its endpoint, while this process runs it: what is written, is written under its fence. */
  readonly held: HeldShard | null;
  readonly #parts: KeptReplayParts;
  #record: Replay;
  /** Ends when the last write that was asked for has ended: each holds what the one before did. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isDirty = false;
  #isClosed = false;

  constructor(record: Replay, held: HeldShard | null, parts: KeptReplayParts) {
    this.#record = record;
    this.held = held;
    this.#parts = parts;
    this.progress = progressFrom(record);
  }

  get id(): string {
    return this.#record.id;
  }

  get status(): Replay["status"] {
    return this.#record.status;
  }

  /** As it is now. */
  get view(): Replay {
    const { position, delivered, failed } = this.progress;
    return { ...this.#record, position, delivered, failed };
  }

  /** Writes a new replay for the first time. */
  create(): Promise<void> {
    return this.#write(() => this.#put(this.#record));
  }

  /**
   * Refuses with `replay-ended`, and as the store does; then nothing has changed. `move` may look at what was written
   * before it.
   */
  change(move: ReplayMove | ((replay: Replay) => ReplayMove), reason?: string): Promise<Replay> {
    return this.#write(async () => {
      const status = nextReplayStatus(this.status, typeof move === "function" ? move(this.view) : move);
      if (status === null) {
        const detail = hasEnded(this.status)
          ? `The replay \`${this.id}\` is ${this.status}.`
          : "It cannot do that now.";
        throw new TrotlineError("replay-ended", detail);
      }
      const changed = { status, reason: reason ?? this.#record.reason, updatedAtMs: this.#parts.clock.wallMs() };
      await this.#put({ ...this.view, ...changed });
      this.#record = { ...this.#record, ...changed };
      return this.view;
    });
  }

  counted(through: number, matched: number): void {
    this.#record = { ...this.#record, countedThrough: through, matched: this.#record.matched + matched };
    this.saveSoon();
  }

  /** Something that a person should know of it, though it goes on. */
  explain(reason: string): void {
    this.#record = { ...this.#record, reason };
    this.saveSoon();
  }

  saveSoon(): void {
    this.#record = { ...this.#record, updatedAtMs: this.#parts.clock.wallMs() };
    this.#isDirty = true;
    if (this.#timer !== null || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#save();
    }, saveEveryMs).unref();
  }

  /** Stores how far it came; where the store refuses, it is sent again from what was stored last. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#save();
  }

  async #save(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    await this.#write(() => this.#put(this.view)).catch((error: unknown) => {
      if (error instanceof ShardsLostError) return;
      this.#parts.logger.warn({ err: error, replay: this.id }, "How far a replay came could not be stored.");
      this.saveSoon();
    });
  }

  /** Another process runs its endpoint: what this one knows more than is stored, happens there again. */
  abandon(): void {
    this.#isClosed = true;
    this.#isDirty = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #put(record: Replay): Promise<void> {
    const { store, shards } = this.#parts;
    const { held } = this;
    if (held === null || !shards.isHeld(held)) throw new ShardsLostError(held === null ? [] : [held]);
    try {
      await store.put(record, { shard: held.shard, fence: held.fence });
    } catch (error) {
      if (error instanceof ShardsLostError) shards.lost([held]);
      throw error;
    }
  }

  #write<Result>(write: () => Promise<Result>): Promise<Result> {
    const written = this.#lastWrite.then(write);
    this.#lastWrite = written.catch(() => {});
    return written;
  }
}
