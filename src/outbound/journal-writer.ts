/**
 * Stage 4 of 4: publish → dispatch → attempt → [journal].
 * Gathers what lanes did and commits it in groups. A group is a snapshot: attempts and changed rows in order, the
 * newest record of every lane that changed, and how far events were dispatched. So an outcome, its next due time and
 * the cursor that it allows to advance are durable together, and a group that was refused is simply part of the next.
 */
import type { AttemptRecord } from "../core/attempt.ts";
import { TrotlineError } from "../core/errors.ts";
import type { LaneRecord, ParkedChange } from "../core/lane.ts";
import type { Logger } from "../core/ports.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import type { Journal, JournalBatch } from "../log/journal.ts";

/** The longest that a first entry waits for company. */
const gatherMs = 3;
/** Entries that are company enough. */
const gatheredEnough = 256;
/** How far dispatching may be ahead of the journal, in time, when nothing else is to be journalled. */
const headDelayMs = 1000;
const retryDelayMs = 250;
/** Entries not yet durable beyond which lanes must wait: a crash would send them all again. */
export const unjournalledMax = 20_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Somebody reads from the store what it says of one delivery, and means to act on it. */
interface DeliveryReading {
  readonly endpointNumber: number;
  readonly position: number;
  /** Something was noted of it meanwhile: what was read may not be so any more. */
  isOvertaken: boolean;
}

/** Whether it changes the row of this delivery, or may. */
function concerns(change: ParkedChange, position: number): boolean {
  if (change.do === "park") return change.row.position === position;
  return change.do !== "unpark" || change.position === position;
}

export interface JournalWriterOptions {
  readonly journal: Journal;
  readonly logger: Logger;
  readonly dispatchedTo: () => number;
  /** The newest record of a lane; null where the store has the same, or the lane is gone. */
  readonly takeRecord: (endpointNumber: number) => LaneRecord | null;
  /** Records that `takeRecord` gave are durable. */
  readonly recordsStored: (records: readonly LaneRecord[]) => void;
  /** There is room again after `isFull`. */
  readonly onRoom: () => void;
}

export class JournalWriter {
  readonly #options: JournalWriterOptions;
  #attempts: AttemptRecord[] = [];
  #changes: { endpointNumber: number; change: ParkedChange }[] = [];
  #changedLanes = new Set<number>();
  #announced: PublishedEvent[] = [];
  /** What the group that is being committed holds. */
  #underWay = 0;
  #isCommitting = false;
  #timer: NodeJS.Timeout | null = null;
  #timerIsSlow = false;
  /** Set to the next moment: nothing can bring it forward. */
  #timerIsSoon = false;
  #journalledTo: number;
  /** Told when everything noted before them is durable. */
  #waiting: Waiting[] = [];
  readonly #readings = new Set<DeliveryReading>();
  #failures = 0;
  #isClosed = false;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#journalledTo = options.dispatchedTo();
  }

  get isFull(): boolean {
    const noted = this.#attempts.length + this.#changes.length + this.#announced.length;
    return noted + this.#underWay >= unjournalledMax;
  }

  note(endpointNumber: number, attempt: AttemptRecord | null, changes: readonly ParkedChange[]): void {
    if (attempt !== null) this.#attempts.push(attempt);
    for (const change of changes) this.#changes.push({ endpointNumber, change });
    if (this.#readings.size > 0) this.#overtake(endpointNumber, attempt, changes);
    this.touch(endpointNumber);
  }

  /** Begins to watch one delivery, of which the store is to be asked; until `readingEnded`. */
  readingBegan(endpointNumber: number, position: number): DeliveryReading {
    const reading = { endpointNumber, position, isOvertaken: false };
    this.#readings.add(reading);
    return reading;
  }

  readingEnded(reading: DeliveryReading): void {
    this.#readings.delete(reading);
  }

  #overtake(endpointNumber: number, attempt: AttemptRecord | null, changes: readonly ParkedChange[]): void {
    for (const reading of this.#readings) {
      const { position } = reading;
      if (reading.endpointNumber !== endpointNumber) continue;
      if (attempt?.position === position || changes.some((change) => concerns(change, position))) {
        reading.isOvertaken = true;
      }
    }
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

  /** Dispatching went on; to be journalled with the next group, or soon. */
  touchHead(): void {
    this.#schedule(true);
  }

  /** Ends when everything noted until now is durable; rejects where the store refuses it, for now. */
  flushed(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new TrotlineError("shutting-down", "The journal is closed."));
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
        (error: unknown) => error instanceof TrotlineError && error.code === "shutting-down",
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
      this.#journalledTo = batch.dispatchedTo;
      this.#options.recordsStored(batch.lanes);
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      this.#putBack(batch, error);
      for (const { reject } of waiting) reject(error);
    }
    // Now, not before the commit: it may have filled up meanwhile.
    const wasFull = this.isFull;
    this.#underWay = 0;
    this.#isCommitting = false;
    if (wasFull && !this.isFull) this.#options.onRoom();
    if (this.#waiting.length > 0) this.#commitSoon();
    else if (this.#attempts.length + this.#changes.length + this.#changedLanes.size > 0) this.#schedule(false);
    else if (this.#options.dispatchedTo() > this.#journalledTo) this.#schedule(true);
  }

  #take(): JournalBatch {
    const lanes: LaneRecord[] = [];
    for (const endpointNumber of this.#changedLanes) {
      const record = this.#options.takeRecord(endpointNumber);
      if (record !== null) lanes.push(record);
    }
    const batch = {
      dispatchedTo: this.#options.dispatchedTo(),
      attempts: this.#attempts,
      changes: this.#changes,
      lanes,
      announce: this.#announced,
    };
    this.#attempts = [];
    this.#announced = [];
    this.#changes = [];
    this.#changedLanes = new Set();
    return batch;
  }

  #putBack(batch: JournalBatch, error: unknown): void {
    this.#failures += 1;
    if (this.#failures === 1)
      this.#options.logger.error({ err: error }, "The journal cannot be written; trying again.");
    this.#attempts = [...batch.attempts, ...this.#attempts];
    this.#changes = [...batch.changes, ...this.#changes];
    this.#announced = [...batch.announce, ...this.#announced];
    for (const { endpointNumber } of batch.lanes) this.#changedLanes.add(endpointNumber);
  }
}
