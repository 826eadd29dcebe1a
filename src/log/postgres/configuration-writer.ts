/**
 * Every change of what is configured passes here: in the order in which it was asked for, and in groups, so that many
 * consumers who acknowledge at once are one transaction. While one is under way, the next gathers.
 */
import { TrotlineError } from "../../core/errors.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { Announcer } from "./event-log.ts";
import type { StoreParts } from "./parts.ts";

/** As `trotline.configure` takes it. */
export interface WantedChange {
  readonly kind: "endpoint" | "source" | "key" | "key_use" | "consumer" | "replay" | "event_type";
  /** Null where a number is to be given. */
  readonly key: string | null;
  /** Null removes it. */
  readonly document: string | null;
  /** Where the lane of a new endpoint begins. */
  readonly lane?: object | null;
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
  readonly #parts: Pick<StoreParts, "write">;
  readonly #announcer: Announcer;
  #waiting: Task[] = [];
  #load = { changes: 0, bytes: 0 };
  #working: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: Pick<StoreParts, "write">, announcer: Announcer) {
    this.#parts = parts;
    this.#announcer = announcer;
  }

  /** Answers the number of the endpoint or source that the last of these made; 0 where it made none. */
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
    const announce = group.flatMap((task) => task.announce ?? []);
    try {
      const rows = await this.#parts.write(async (run) => {
        const answered = await run("configure", [wanted]);
        if (announce.length > 0) await this.#announcer.announce(run, announce);
        return answered;
      });
      if (announce.length > 0) await this.#announcer.announced();
      let answered = 0;
      for (const { changes, resolve } of group) {
        answered += changes.length;
        resolve(Number(rows[answered - 1]?.number ?? 0));
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
