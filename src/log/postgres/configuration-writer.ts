/**
 * Every change of what is configured passes here: in the order in which it was asked for, and in groups, so that many
 * consumers who acknowledge at once are one transaction. While one is under way, the next gathers.
 */
import { randomUUID } from "node:crypto";
import { TrotlineError } from "../../core/errors.ts";
import { type BuiltOn, type ConfigurationKind, StaleChangeError } from "../configuration-changes.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { Row } from "./database.ts";
import type { Announcer } from "./event-log.ts";
import type { StoreParts } from "./parts.ts";

/** As `trotline.configure` takes it. */
export interface WantedChange {
  readonly kind: ConfigurationKind | "key_use";
  /** Null where a number is to be given. */
  readonly key: string | null;
  /** Null removes it. */
  readonly document: string | null;
  /** Where the lane of a new endpoint begins. */
  readonly lane?: object | null;
  /** What it was built on; absent where it holds whatever others did. */
  readonly through?: number;
  readonly kinds?: readonly ConfigurationKind[];
}

interface Task {
  readonly changes: readonly WantedChange[];
  readonly announce: PublishedEvent | null;
  readonly bytes: number;
  readonly resolve: (number: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction takes no more than this, so that other processes do not wait long; a larger task goes alone. */
const groupChangesMax = 1000;
const groupBytesMax = 4 * 1024 * 1024;
const waitingChangesMax = 50_000;
const waitingBytesMax = 64 * 1024 * 1024;

export class ConfigurationWriter {
  readonly #parts: Pick<StoreParts, "write" | "pulse">;
  readonly #announcer: Announcer;
  /** Whose changes are known to this process. */
  #name = randomUUID();
  #waiting: Task[] = [];
  #load = { changes: 0, bytes: 0 };
  #working: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: Pick<StoreParts, "write" | "pulse">, announcer: Announcer) {
    this.#parts = parts;
    this.#announcer = announcer;
  }

  /**
   * Answers the number of the endpoint or source that the last of these made; 0 where it made none. Rejects with a
   * `StaleChangeError` where others changed what it was built on, and does nothing then.
   */
  submit(changes: readonly WantedChange[], announce: PublishedEvent | null = null): Promise<number> {
    if (this.#isClosed) return Promise.reject(new TrotlineError("shutting-down", "The store is closed."));
    const bytes = changes.reduce((sum, { document }) => sum + (document?.length ?? 0), announce?.data.length ?? 0);
    const load = { changes: this.#load.changes + changes.length, bytes: this.#load.bytes + bytes };
    if (this.#waiting.length > 0 && (load.changes > waitingChangesMax || load.bytes > waitingBytesMax)) {
      const sentence = `${this.#load.changes} changes of ${this.#load.bytes} bytes wait to be stored.`;
      return Promise.reject(new TrotlineError("overloaded", sentence));
    }
    this.#load = load;
    const done = new Promise<number>((resolve, reject) => {
      this.#waiting.push({ changes, announce, bytes, resolve, reject });
    });
    this.#working ??= this.#work();
    return done;
  }

  /** Takes nothing more, and finishes what was taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    // What is asked for in the same turn belongs together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#nextGroup());
    this.#working = null;
  }

  #nextGroup(): readonly Task[] {
    let [changes, bytes, count] = [0, 0, 0];
    for (const task of this.#waiting) {
      changes += task.changes.length;
      bytes += task.bytes;
      if (count > 0 && (changes > groupChangesMax || bytes > groupBytesMax)) break;
      count += 1;
    }
    const group = this.#waiting.splice(0, count);
    for (const task of group) {
      this.#load.changes -= task.changes.length;
      this.#load.bytes -= task.bytes;
    }
    return group;
  }

  async #commit(group: readonly Task[]): Promise<void> {
    const wanted = JSON.stringify(group.flatMap(({ changes }) => changes));
    let hasAnnounced = false;
    try {
      const rows = await this.#parts.write(async (run) => {
        const answered = await run("configure", [wanted, this.#name]);
        const announce = withRows(group, answered).flatMap(({ task, rows }) =>
          task.announce === null || isStale(rows) ? [] : [task.announce],
        );
        if (announce.length > 0) await this.#announcer.announce(run, announce);
        hasAnnounced = announce.length > 0;
        return answered;
      });
      this.#parts.pulse.ring();
      if (hasAnnounced) await this.#announcer.announced();
      for (const { task, rows: own } of withRows(group, rows)) {
        if (isStale(own)) task.reject(new StaleChangeError());
        else task.resolve(Number(own.at(-1)?.number ?? 0));
      }
    } catch (error) {
      // It may be in all the same: if so, this process is to hear of it as of what others did.
      this.#name = randomUUID();
      for (const { reject } of group) reject(error);
    }
  }
}

/** As members of a change. */
export const builtOn = (known: BuiltOn | undefined): Pick<WantedChange, "through" | "kinds"> =>
  known === undefined ? {} : { through: known.through, kinds: known.kinds };

const isStale = (rows: readonly Row[]): boolean => rows.some((row) => row.is_stale === true);

/** What each was answered. */
function withRows(group: readonly Task[], rows: readonly Row[]): { task: Task; rows: readonly Row[] }[] {
  let answered = 0;
  return group.map((task) => {
    const first = answered;
    answered += task.changes.length;
    return { task, rows: rows.slice(first, answered) };
  });
}
