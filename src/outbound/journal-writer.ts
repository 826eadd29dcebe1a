/**
 * Stage 4 of 4: publish → dispatch → attempt → [journal].
 * Gathers what lanes did and commits it in groups. A group is a snapshot: attempts and changed rows in order, the
 * newest record of every lane that changed, and how far events were dispatched. So an outcome, its next due time and
 * the cursor that it allows to advance are durable together, and a group that was refused is simply part of the next;
 * but for what it says of shards that another process runs by now: that process goes on from what is durable.
 */
import type { AttemptRecord } from "../core/attempt.ts";
import { TrotlineError } from "../core/errors.ts";
import type { LaneRecord, ParkedChange } from "../core/lane.ts";
import type { Logger } from "../core/ports.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import type { Journal, JournalBatch } from "../log/journal.ts";
import { type DispatchedShard, ShardsLostError } from "../log/shard-store.ts";
import { DeliveryReadings } from "./delivery-readings.ts";
import type { HeldShards } from "./held-shards.ts";

/** The longest that a first entry waits for company. */
const gatherMs = 3;
/** Entries that are company enough. */
const gatheredEnough = 256;
/** How far dispatching may be ahead of the journal, in time, when nothing else is to be journalled. */
const headDelayMs = 1000;
const retryDelayMs = 250;
/** Entries not yet durable beyond which lanes must wait: a crash would send them all again. */
export const unjournalledMax = 20_000;

/** Refusals that no later group can be spared. */
const finalCodes: ReadonlySet<string> = new Set(["shutting-down", "store-forked"]);

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface JournalWriterOptions {
  readonly journal: Journal;
  readonly logger: Logger;
  readonly shards: HeldShards;
  readonly nowMs: () => number;
  /** The newest record of a lane; null where the store has the same, or the lane is gone. */
  readonly takeRecord: (endpointNumber: number) => LaneRecord | null;
  /** Records that `takeRecord` gave are durable. */
  readonly recordsStored: (records: readonly LaneRecord[]) => void;
  /** There is room again after `isFull`. */
  readonly onRoom: () => void;
}

export class JournalWriter {
  readonly readings = new DeliveryReadings();
  readonly #options: JournalWriterOptions;
  #attempts: AttemptRecord[] = [];
  #changes: { endpointNumber: number; change: ParkedChange }[] = [];
  #changedLanes = new Set<number>();
  /** To be in the next group, though nothing was noted of their lanes. */
  #touchedShards = new Set<number>();
  /** Shards that were lost while a group is being committed. */
  readonly #lostUnderWay = new Set<number>();
  /** When a group last had every shard that was dispatched further. */
  #allAtMs = Number.NEGATIVE_INFINITY;
  #announced: PublishedEvent[] = [];
  /** What the group that is being committed holds. */
  #underWay = 0;
  #isCommitting = false;
  #timer: NodeJS.Timeout | null = null;
  #timerIsSlow = false;
  /** Set to the next moment: nothing can bring it forward. */
  #timerIsSoon = false;
  /** Told when everything noted before them is durable. */
  #waiting: Waiting[] = [];
  #failures = 0;
  #isClosed = false;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    const noted = this.#attempts.length + this.#changes.length + this.#announced.length;
    return noted + this.#underWay >= unjournalledMax;
  }

  note(endpointNumber: number, attempt: AttemptRecord | null, changes: readonly ParkedChange[]): void {
    if (attempt !== null) this.#attempts.push(attempt);
    const { shards } = this.#options;
    if (changes.length > 0 && shards.of(endpointNumber) !== undefined) {
      for (const change of changes) this.#changes.push({ endpointNumber, change });
    }
    if (!this.readings.isEmpty) this.readings.noted(endpointNumber, attempt, changes);
    this.touch(endpointNumber);
  }

  /** Operational events, to be in the log when what was noted last is durable. */
  announce(events: readonly PublishedEvent[]): void {
    for (const event of events) this.#announced.push(event);
    this.#schedule(false);
  }

  /** A lane's record changed. */
  touch(endpointNumber: number): void {
    this.#changedLanes.add(endpointNumber);
    this.#schedule(false);
  }

  /** Dispatching went on; to be journalled with the next group, or soon, where anything runs here. */
  touchHead(): void {
    if (this.#options.shards.isAhead) this.#schedule(true);
  }

  /** How far the shard was dispatched is to be in the next group. */
  touchShard(shard: number): void {
    this.#touchedShards.add(shard);
    this.#schedule(false);
  }

  /** The shard is another's: what was noted of its lanes is not written. Attempts are: they happened. */
  forget(shard: number): void {
    const { shards } = this.#options;
    this.#changes = this.#changes.filter(({ endpointNumber }) => shards.shardOf(endpointNumber) !== shard);
    for (const number of this.#changedLanes) if (shards.shardOf(number) === shard) this.#changedLanes.delete(number);
    this.#touchedShards.delete(shard);
    if (this.#isCommitting) this.#lostUnderWay.add(shard);
  }

  /** Nothing was noted that is not durable. */
  get #isEven(): boolean {
    const { shards } = this.#options;
    if (this.#isCommitting || this.#failures > 0) return false;
    if (shards.loaded().some((held) => shards.positionOf(held) !== held.journalledTo)) return false;
    const lanes = this.#changedLanes.size + this.#touchedShards.size;
    return this.#attempts.length + this.#changes.length + this.#announced.length + lanes === 0;
  }

  /** Ends when everything noted until now is durable; rejects where the store refuses it, for now. */
  flushed(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new TrotlineError("shutting-down", "The journal is closed."));
    // Whoever only looks at something asks for it, too: that must not cost a commit.
    if (this.#isEven) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#commitSoon();
    });
  }

  /**
   * Commits what is left, or gives up after `graceMs` where the store refuses: then it is sent again after the restart.
   */
  async close(graceMs: number): Promise<void> {
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([this.#flushedAtLast(), deadline]);
    this.#isClosed = true;
    const closed = new TrotlineError("shutting-down", "The journal is closed.");
    for (const { reject } of this.#waiting.splice(0)) reject(closed);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #flushedAtLast(): Promise<void> {
    for (let isDone = false; !isDone && !this.#isClosed; ) {
      isDone = await this.flushed().then(
        () => true,
        (error: unknown) => error instanceof TrotlineError && finalCodes.has(error.code),
      );
    }
  }

  #schedule(isHeadOnly: boolean): void {
    if (this.#isCommitting || this.#isClosed) return;
    if (this.#attempts.length >= gatheredEnough && this.#failures === 0) {
      this.#commitSoon();
      return;
    }
    if (this.#timer !== null) {
      if (isHeadOnly || !this.#timerIsSlow) return;
      clearTimeout(this.#timer);
    }
    this.#timerIsSlow = isHeadOnly;
    const delayMs = this.#failures > 0 ? retryDelayMs : isHeadOnly ? headDelayMs : gatherMs;
    this.#timer = setTimeout(() => void this.#commit(), delayMs);
  }

  #commitSoon(): void {
    if (this.#isCommitting || this.#isClosed || this.#timerIsSoon) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerIsSlow = false;
    this.#timerIsSoon = this.#failures === 0;
    this.#timer = setTimeout(() => void this.#commit(), this.#failures > 0 ? retryDelayMs : 0);
  }

  async #commit(): Promise<void> {
    this.#timer = null;
    this.#timerIsSlow = false;
    this.#timerIsSoon = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    const batch = this.#take();
    this.#isCommitting = true;
    this.#underWay = batch.attempts.length + batch.changes.length + batch.announce.length;
    try {
      await this.#options.journal.commit(batch);
      this.#failures = 0;
      this.#options.shards.journalled(batch.dispatched);
      this.#options.recordsStored(batch.lanes.filter((lane) => this.#isKept(lane)));
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      if (this.#hasLost(batch, error)) this.#waiting.unshift(...waiting);
      else {
        this.#noteFailure(error);
        for (const { reject } of waiting) reject(error);
      }
      this.#putBack(batch);
    }
    this.#lostUnderWay.clear();
    // Now, not before the commit: it may have filled up meanwhile.
    const wasFull = this.isFull;
    this.#underWay = 0;
    this.#isCommitting = false;
    if (wasFull && !this.isFull) this.#options.onRoom();
    const lanes = this.#changedLanes.size + this.#touchedShards.size;
    if (this.#waiting.length > 0) this.#commitSoon();
    else if (this.#attempts.length + this.#changes.length + lanes > 0) this.#schedule(false);
    else if (this.#options.shards.isAhead) this.#schedule(true);
  }

  /** Some of its shards are another's by now: without them it can be committed. */
  #hasLost(batch: JournalBatch, error: unknown): boolean {
    if (!(error instanceof ShardsLostError)) return false;
    const { leases } = error;
    const lost = batch.dispatched.filter(({ shard, fence }) =>
      leases.some((lease) => lease.shard === shard && lease.fence === fence),
    );
    for (const { shard } of lost) this.#lostUnderWay.add(shard);
    this.#options.shards.lost(lost);
    return lost.length > 0;
  }

  #isKept({ endpointNumber }: { readonly endpointNumber: number }): boolean {
    return this.#lostUnderWay.size === 0 || !this.#lostUnderWay.has(this.#options.shards.shardOf(endpointNumber));
  }

  #take(): JournalBatch {
    const dispatched = this.#dispatched();
    const lanes: LaneRecord[] = [];
    for (const endpointNumber of this.#changedLanes) {
      const record = this.#options.takeRecord(endpointNumber);
      if (record !== null) lanes.push(record);
    }
    const batch = {
      dispatched,
      running: this.#options.shards.running,
      attempts: this.#attempts,
      changes: this.#changes,
      lanes,
      announce: this.#announced,
    };
    this.#attempts = [];
    this.#announced = [];
    this.#changes = [];
    this.#changedLanes = new Set();
    this.#touchedShards = new Set();
    return batch;
  }

  /** Those that something was noted of, and every while all: where many are held, few change from group to group. */
  #dispatched(): DispatchedShard[] {
    const { shards, nowMs } = this.#options;
    const atMs = nowMs();
    if (shards.count === 1 || atMs - this.#allAtMs >= headDelayMs) {
      this.#allAtMs = atMs;
      return shards.loaded().map((held) => shards.dispatched(held));
    }
    const concerned = new Set(this.#touchedShards);
    for (const endpointNumber of this.#changedLanes) concerned.add(shards.shardOf(endpointNumber));
    for (const { endpointNumber } of this.#changes) concerned.add(shards.shardOf(endpointNumber));
    return shards.loaded().flatMap((held) => (concerned.has(held.shard) ? [shards.dispatched(held)] : []));
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1;
    if (this.#failures === 1)
      this.#options.logger.error({ err: error }, "The journal cannot be written; trying again.");
  }

  #putBack(batch: JournalBatch): void {
    this.#attempts = [...batch.attempts, ...this.#attempts];
    this.#changes = [...batch.changes.filter((change) => this.#isKept(change)), ...this.#changes];
    this.#announced = [...batch.announce, ...this.#announced];
    for (const lane of batch.lanes) if (this.#isKept(lane)) this.#changedLanes.add(lane.endpointNumber);
    for (const { shard } of batch.dispatched) if (!this.#lostUnderWay.has(shard)) this.#touchedShards.add(shard);
  }
}
