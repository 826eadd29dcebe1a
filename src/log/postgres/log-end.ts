/**
 * The end of the log as this process knows and shows it. Events that others stored are found here: when the doorbell
 * rings, when an own append stands behind them, and by looking now and then.
 */
import { type Epochs, placeOf } from "../../core/epochs.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import type { LogBounds } from "../event-log.ts";
import type { Row } from "./database.ts";
import type { StoreParts } from "./parts.ts";
import { storedEventOf } from "./stored-event.ts";

/** A page of what is new. */
const pageRows = 1000;
const pageBytes = 4 * 1024 * 1024;

export class LogEnd {
  readonly #parts: StoreParts;
  readonly #partitionPositions: number;
  readonly #listeners: ((events: readonly StoredEvent[]) => void)[] = [];
  #epochs: Epochs = [];
  #head = 0;
  /** Of the event at the head; null where there is none. */
  #headId: string | null = null;
  #trimmedThrough = 0;
  #trimmedBytes = 0;
  #bytesThrough = 0;
  #forked: TrotlineError | null = null;
  readonly #onForked: ((error: TrotlineError) => void)[] = [];
  /** What shows events goes one after the other. */
  #line: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<boolean> | null = null;

  private constructor(parts: StoreParts, partitionPositions: number) {
    this.#parts = parts;
    this.#partitionPositions = partitionPositions;
  }

  static async open(parts: StoreParts, partitionPositions: number): Promise<LogEnd> {
    const end = new LogEnd(parts, partitionPositions);
    const place = await end.#begin();
    await end.#loadEpochs();
    end.#note(place);
    end.#head = Number(place.head);
    end.#bytesThrough = Number(place.bytes_through);
    const [row] = await parts.database.run("events-tail", [end.#head, 0, 0]);
    end.#headId = (row?.known_id ?? null) as string | null;
    return end;
  }

  get head(): number {
    return this.#head;
  }

  get epoch(): string {
    return this.#epochs.at(-1)?.id ?? "";
  }

  get trimmedThrough(): number {
    return this.#trimmedThrough;
  }

  get logBytes(): number {
    return this.#bytesThrough - this.#trimmedBytes;
  }

  bounds(): LogBounds {
    return { epochs: this.#epochs, earliest: this.#trimmedThrough + 1, head: this.#head };
  }

  trouble(): TrotlineError | null {
    return this.#forked;
  }

  onAppended(listener: (events: readonly StoredEvent[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Told once, where the log turns out to be another one. */
  onForked(listener: (error: TrotlineError) => void): void {
    this.#onForked.push(listener);
  }

  /** The log lacks what was shown of it, or has other events in its place: nothing goes on until it is opened anew. */
  fork(reason = "The log was put back to a state from before what was shown of it"): TrotlineError {
    if (this.#forked === null) {
      const detail = `${reason}: up to position ${this.#head}, in this process.`;
      this.#forked = new TrotlineError("store-forked", detail);
      this.#parts.logger.error({ code: this.#forked.code, head: this.#head }, detail);
      for (const listener of this.#onForked) listener(this.#forked);
    }
    return this.#forked;
  }

  /** An own group was stored, as `row` says: shows it, behind what others stored before it. */
  appended(row: Row, stored: readonly StoredEvent[]): Promise<void> {
    return this.#inLine(async () => {
      if (row.epoch !== this.epoch) await this.#loadEpochs();
      this.#note(row);
      while (this.#head < Number(row.head_before)) if (!(await this.#readOn())) break;
      this.#show(stored.filter(({ position }) => position > this.#head));
      this.#bytesThrough = Math.max(this.#bytesThrough, Number(row.bytes_through));
    });
  }

  /** Shows what is new. True where there was something. Who asks while others wait for it is answered with them. */
  look(): Promise<boolean> {
    this.#nextLook ??= this.#inLine(async () => {
      this.#nextLook = null;
      const before = this.#head;
      while (await this.#readOn());
      return this.#head > before;
    });
    return this.#nextLook;
  }

  /** Goes on in the epoch that runs now, which begins where one is due, if it is the log that was shown. */
  async renew(): Promise<void> {
    await this.#begin();
    await this.look();
  }

  /** What has left, where retention ran here or the store told of it. */
  trimmed(through: number, bytes: number): void {
    if (through <= this.#trimmedThrough) return;
    this.#trimmedThrough = through;
    this.#trimmedBytes = bytes;
  }

  /** When nothing is being shown any more. */
  async settled(): Promise<void> {
    await this.#line;
  }

  async #begin(): Promise<Row> {
    const opening = [this.#parts.clock.steadyMs(), this.#partitionPositions];
    const [place] = await this.#parts.database.run("log-open", opening);
    return place as Row;
  }

  #inLine<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#line.then(() => {
      if (this.#forked !== null) throw this.#forked;
      return work();
    });
    this.#line = done.catch(() => {});
    return done;
  }

  /** True where there may be more. */
  async #readOn(): Promise<boolean> {
    const rows = await this.#parts.database.run("events-tail", [this.#head, pageRows, pageBytes]);
    const state = rows[0] as Row;
    this.#note(state);
    if (state.epoch !== this.epoch) await this.#loadEpochs();
    if (this.#head > this.#trimmedThrough && state.known_id !== this.#headId) throw this.fork();
    const events = rows.filter(({ position }) => position !== null).map(storedEventOf);
    const last = rows.at(-1) as Row;
    const next = events[0]?.position ?? Math.max(this.#head, this.#trimmedThrough) + 1;
    // Those who listen cannot be given what lies between.
    if (next !== this.#head + 1) throw this.fork("Retention has passed what was shown of the log");
    this.#show(events);
    if (events.length > 0) this.#bytesThrough = Math.max(this.#bytesThrough, Number(last.bytes_through));
    return events.length > 0;
  }

  #show(events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    if (events[0]?.position !== this.#head + 1) throw this.fork();
    this.#head = last.position;
    this.#headId = last.id;
    for (const listener of this.#listeners) {
      try {
        listener(events);
      } catch (error) {
        // A defect of its own; who waits for an answer has nothing to do with it.
        this.#parts.logger.error({ err: error }, "what was stored could not be shown");
      }
    }
  }

  /** What is shown from now on may be of another epoch. One that began before what was shown is another log's. */
  async #loadEpochs(): Promise<void> {
    const rows = await this.#parts.database.run("epochs-all");
    const epochs = rows.map(({ id, after_position: after }) => ({ id: String(id), after: Number(after) }));
    const shown = this.#epochs.findLast(({ after }) => after < this.#head) ?? this.#epochs[0];
    if (shown !== undefined) {
      const place = placeOf(epochs, this.#head, { epoch: shown.id, position: this.#head });
      if (place.kind === "forked") throw this.fork();
    }
    this.#epochs = epochs;
  }

  #note({ trimmed_through: through, trimmed_bytes: bytes }: Row): void {
    this.trimmed(Number(through), Number(bytes));
  }
}
