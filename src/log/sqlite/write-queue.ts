import { TrotlineError } from "../../core/errors.ts";
import { eventBytes } from "../../core/event.ts";
import type { AppendRequest, PublishedEvent, TrimRule } from "../event-log.ts";
import type { JournalBatch } from "../journal.ts";
import { type AttemptTrimRule, type DocumentChange, GroupPacker, type RegistryChange } from "./group.ts";

/** What somebody wants written. */
export type WriteWork =
  | { readonly do: "append"; readonly request: AppendRequest }
  | { readonly do: "journal"; readonly batch: JournalBatch }
  | { readonly do: "change"; readonly change: RegistryChange; readonly announce: PublishedEvent | null }
  | { readonly do: "document"; readonly change: DocumentChange }
  | { readonly do: "trim"; readonly rule: TrimRule }
  | { readonly do: "trimAttempts"; readonly rule: AttemptTrimRule }
  /** Nothing, to see whether anything can be. */
  | { readonly do: "probe" };

export interface WriteTask {
  readonly work: WriteWork;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A transaction to come. `rows` and `bytes` are of all of it, `events` of what publishers gave alone. */
export interface PendingGroup {
  readonly tasks: WriteTask[];
  readonly packer: GroupPacker;
  rows: number;
  bytes: number;
  readonly events: Load;
  acceptedAtMs: number;
  /** Numbers the journal's part; 0 where there is none. */
  journalBatch: number;
}

/**
 * A transaction takes no more than this, so that nobody waits long for one that he is not in; a larger task goes alone.
 */
const groupRowsMax = 5000;
const groupBytesMax = 8 * 1024 * 1024;

interface Load {
  rows: number;
  bytes: number;
}

/**
 * What waits for the writer, packed as it arrives. Publishers have a bound of their own: a flood of events does not
 * keep lanes from journalling what they did.
 */
export class WriteQueue {
  readonly #rowsMax: number;
  readonly #bytesMax: number;
  readonly #groups: PendingGroup[] = [];
  readonly #loads = { events: { rows: 0, bytes: 0 }, others: { rows: 0, bytes: 0 } };

  /** The bounds hold for events, and once more for everything else. */
  constructor(rowsMax: number, bytesMax: number) {
    this.#rowsMax = rowsMax;
    this.#bytesMax = bytesMax;
  }

  get rows(): number {
    return this.#loads.events.rows + this.#loads.others.rows;
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  /** Null when it was taken, else why it was not. */
  add(task: WriteTask): TrotlineError | null {
    const load = loadOf(task.work);
    const total = task.work.do === "append" ? this.#loads.events : this.#loads.others;
    if (total.rows + load.rows > this.#rowsMax || total.bytes + load.bytes > this.#bytesMax) {
      return new TrotlineError("overloaded", `${total.rows} rows of ${total.bytes} bytes wait to be stored.`);
    }
    total.rows += load.rows;
    total.bytes += load.bytes;
    const group = this.#groupFor(load);
    group.rows += load.rows;
    group.bytes += load.bytes;
    if (task.work.do === "append") {
      group.events.rows += load.rows;
      group.events.bytes += load.bytes;
    }
    group.tasks.push(task);
    pack(group.packer, task.work);
    return null;
  }

  /** What has waited longest. */
  take(): PendingGroup | null {
    const group = this.#groups.shift();
    if (group === undefined) return null;
    const { events, others } = this.#loads;
    events.rows -= group.events.rows;
    events.bytes -= group.events.bytes;
    others.rows -= group.rows - group.events.rows;
    others.bytes -= group.bytes - group.events.bytes;
    return group;
  }

  #groupFor(load: Load): PendingGroup {
    const last = this.#groups.at(-1);
    if (last !== undefined && last.rows + load.rows <= groupRowsMax && last.bytes + load.bytes <= groupBytesMax)
      return last;
    const events = { rows: 0, bytes: 0 };
    const group = { tasks: [], packer: new GroupPacker(), rows: 0, bytes: 0, events, acceptedAtMs: 0, journalBatch: 0 };
    this.#groups.push(group);
    return group;
  }
}

function loadOf(work: WriteWork): Load {
  let bytes = 0;
  if (work.do === "append") {
    for (const event of work.request.events) bytes += eventBytes(event);
    return { rows: work.request.events.length, bytes };
  }
  if (work.do === "journal") {
    const { attempts, changes, lanes, announce } = work.batch;
    for (const attempt of attempts) bytes += attempt.responseBody.length;
    for (const event of announce) bytes += eventBytes(event);
    return { rows: attempts.length + changes.length + lanes.length + announce.length, bytes };
  }
  if (work.do === "change" && work.change.do === "noteReceipts") {
    for (const { request } of work.change.receipts) bytes += request.length;
    return { rows: work.change.receipts.length, bytes };
  }
  return { rows: 1, bytes };
}

function pack(packer: GroupPacker, work: WriteWork): void {
  if (work.do === "append") packer.addRequest(work.request);
  else if (work.do === "journal") {
    packer.addJournal(work.batch);
    if (work.batch.announce.length > 0) packer.addRequest(announcement(work.batch.announce));
  } else if (work.do === "document") packer.addDocument(work.change);
  else if (work.do === "trim") packer.addTrim(work.rule);
  else if (work.do === "trimAttempts") packer.addAttemptTrim(work.rule);
  else if (work.do === "probe") packer.addProbe();
  else {
    packer.addChange(work.change);
    if (work.announce !== null) packer.addRequest(announcement([work.announce]));
  }
}

export const announcement = (events: readonly PublishedEvent[]): AppendRequest => ({
  events,
  atomic: false,
  idempotency: null,
});
