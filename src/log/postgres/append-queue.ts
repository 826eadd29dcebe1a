import { TrotlineError } from "../../core/errors.ts";
import { eventBytes } from "../../core/event.ts";
import type { AppendOutcome, AppendRequest } from "../event-log.ts";

export interface AppendTask {
  readonly request: AppendRequest;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Load {
  readonly rows: number;
  readonly bytes: number;
}

/** A group takes no more than this, so that nobody has the log's line for long; a larger request goes alone. */
const groupMax: Load = { rows: 1000, bytes: 1024 * 1024 };

/** Requests that wait for the log's line, bounded. */
export class AppendQueue {
  readonly #max: Load;
  #tasks: AppendTask[] = [];
  #rows = 0;
  #bytes = 0;

  constructor(max: Load) {
    this.#max = max;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Rejects what there is no room for. */
  add(task: AppendTask): void {
    const { rows, bytes } = loadOf(task.request);
    if (this.#rows + rows > this.#max.rows || this.#bytes + bytes > this.#max.bytes) {
      const detail = `${this.#rows} rows of ${this.#bytes} bytes wait to be stored.`;
      task.reject(new TrotlineError("overloaded", detail));
      return;
    }
    this.#rows += rows;
    this.#bytes += bytes;
    this.#tasks.push(task);
  }

  /** What has waited longest, as much as makes a group; nothing where nothing waits. */
  take(): readonly AppendTask[] {
    let [rows, bytes, count] = [0, 0, 0];
    for (const { request } of this.#tasks) {
      const load = loadOf(request);
      const isTooMuch = rows + load.rows > groupMax.rows || bytes + load.bytes > groupMax.bytes;
      if (isTooMuch && count > 0) break;
      rows += load.rows;
      bytes += load.bytes;
      count += 1;
    }
    this.#rows -= rows;
    this.#bytes -= bytes;
    const group = this.#tasks.slice(0, count);
    this.#tasks = this.#tasks.slice(count);
    return group;
  }
}

function loadOf({ events }: AppendRequest): Load {
  let bytes = 0;
  for (const event of events) bytes += eventBytes(event);
  return { rows: events.length, bytes };
}
