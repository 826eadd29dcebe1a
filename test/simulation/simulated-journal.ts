/**
 * The journal as a process sees it: what was noted collects into a batch, a batch is a snapshot, and one is committed
 * at a time. A crash loses what was not committed; of the batch on its way nobody can say.
 */
import type { AttemptRecord } from "../../src/core/attempt.ts";
import type { LaneRecord, ParkedChange } from "../../src/core/lane.ts";
import type { JudgedBatch, SimulatedStore, Verdicts } from "./simulated-store.ts";

interface Noted {
  attempts: AttemptRecord[];
  changes: { endpointNumber: number; change: ParkedChange }[];
  lanes: Set<number>;
  verdicts: Verdicts;
  /** Deliveries that a person wants again, whatever became of them before. */
  owed: Map<string, Owed>;
}

interface Owed {
  readonly endpointNumber: number;
  readonly position: number;
}

type Batch = JudgedBatch & { readonly owed: Noted["owed"] };

export interface JournalHost {
  readonly store: SimulatedStore;
  readonly fraction: () => number;
  /** Runs later unless the process is gone by then. */
  readonly later: (delayMs: number, run: () => void) => void;
  readonly dispatchedTo: () => number;
  readonly record: (endpointNumber: number) => LaneRecord;
  readonly committed: () => void;
}

const nothingNoted = (): Noted => ({
  attempts: [],
  changes: [],
  lanes: new Set(),
  verdicts: { excused: [], recoveries: [] },
  owed: new Map(),
});

const keyOf = ({ endpointNumber, position }: Owed): string => `${endpointNumber}/${position}`;

export class SimulatedJournal {
  readonly #host: JournalHost;
  #noted = nothingNoted();
  #underWay: Batch | null = null;
  #isPlanned = false;
  #notes = 0;
  #notesTaken = 0;
  #notesDurable = 0;
  #waiting: { after: number; run: () => void }[] = [];

  constructor(host: JournalHost) {
    this.#host = host;
  }

  changed(endpointNumber: number): void {
    this.#noted.lanes.add(endpointNumber);
    this.#touched();
  }

  attempt(attempt: AttemptRecord): void {
    this.#noted.attempts.push(attempt);
    if (attempt.errorClass === null) this.#noted.owed.delete(keyOf(attempt));
    this.changed(attempt.endpointNumber);
  }

  change(endpointNumber: number, change: ParkedChange): void {
    this.#noted.changes.push({ endpointNumber, change });
    this.changed(endpointNumber);
  }

  excuse(endpointNumber: number, position: number): void {
    this.#noted.verdicts.excused.push({ endpointNumber, position });
    this.#noted.owed.delete(keyOf({ endpointNumber, position }));
    this.changed(endpointNumber);
  }

  /** It was settled, or given up, and is to be sent again. */
  owe(endpointNumber: number, position: number): void {
    this.#noted.owed.set(keyOf({ endpointNumber, position }), { endpointNumber, position });
    this.changed(endpointNumber);
  }

  recovered(endpointNumber: number, sinceMs: number, atMs: number): void {
    this.#noted.verdicts.recoveries.push({ endpointNumber, sinceMs, atMs });
    this.changed(endpointNumber);
  }

  /** Only `dispatchedTo` moved. */
  moved(): void {
    this.#touched();
  }

  /** Runs when everything noted so far is durable. */
  whenDurable(run: () => void): void {
    if (this.#notesDurable >= this.#notes) run();
    else this.#waiting.push({ after: this.#notes, run });
  }

  /** Attempts whose outcome is not known to be durable. */
  attemptsAtRisk(): number {
    return this.#noted.attempts.length + (this.#underWay?.attempts.length ?? 0);
  }

  /** The process dies: perhaps the batch under way was stored all the same. */
  crashed(): void {
    if (this.#underWay !== null && this.#host.fraction() < 0.5) this.#store(this.#underWay);
  }

  #touched(): void {
    this.#notes += 1;
    if (this.#isPlanned || this.#underWay !== null) return;
    this.#isPlanned = true;
    this.#host.later(20 * this.#host.fraction(), () => this.#takeBatch());
  }

  #takeBatch(): void {
    const { attempts, changes, lanes, verdicts, owed } = this.#noted;
    this.#isPlanned = false;
    this.#noted = nothingNoted();
    this.#notesTaken = this.#notes;
    const records = [...lanes].map((endpointNumber) => this.#host.record(endpointNumber));
    this.#underWay = {
      dispatched: [{ shard: 0, fence: 1, position: this.#host.dispatchedTo() }],
      running: { generation: 0, position: this.#host.dispatchedTo() },
      attempts,
      changes,
      lanes: records,
      announce: [],
      verdicts,
      owed,
    };
    const isSlowDisk = this.#host.fraction() < 0.02;
    this.#host.later(isSlowDisk ? 3_000 : 1 + 8 * this.#host.fraction(), () => this.#commit());
  }

  #commit(): void {
    if (this.#underWay === null) return;
    this.#store(this.#underWay);
    this.#underWay = null;
    this.#notesDurable = this.#notesTaken;
    this.#host.committed();
    const ready = this.#waiting.filter((waiter) => waiter.after <= this.#notesDurable);
    this.#waiting = this.#waiting.filter((waiter) => waiter.after > this.#notesDurable);
    for (const waiter of ready) waiter.run();
    if (this.#notes > this.#notesDurable && !this.#isPlanned && this.#underWay === null) {
      this.#isPlanned = true;
      this.#host.later(0, () => this.#takeBatch());
    }
  }

  #store(batch: Batch): void {
    const { store } = this.#host;
    store.commit(batch);
    for (const { endpointNumber, position } of batch.owed.values()) {
      store.lane(endpointNumber).delivered.delete(position);
      store.lane(endpointNumber).excused.delete(position);
    }
  }
}
