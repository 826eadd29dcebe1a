import type { ResourceLimits } from "node:worker_threads";
import { TrotlineError } from "../../core/errors.ts";
import { WorkerThread } from "./worker-thread.ts";

/**
 * A thread that starts with the first question and ends when there was none for a while: an idle process stays small.
 */
export class LazyThread {
  readonly #name: string;
  readonly #path: string;
  readonly #limits: ResourceLimits;
  readonly #idleMs: number;
  #thread: WorkerThread | null = null;
  #idle: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** Threads on their way out. */
  readonly #ending = new Set<Promise<void>>();

  /** The first question that the thread gets is `{ do: "open", path }`. */
  constructor(name: string, options: { path: string; limits: ResourceLimits; idleMs: number }) {
    this.#name = name;
    this.#path = options.path;
    this.#limits = options.limits;
    this.#idleMs = options.idleMs;
  }

  async ask<Answer>(question: object): Promise<Answer> {
    if (this.#isClosed) throw new TrotlineError("shutting-down", "The store is closed.");
    this.#thread ??= this.#start();
    const thread = this.#thread;
    try {
      return await thread.ask<Answer>(question);
    } finally {
      this.#endWhenIdle(thread);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#end();
    await Promise.all(this.#ending);
  }

  #start(): WorkerThread {
    const thread = new WorkerThread(this.#name, this.#limits, () => {
      if (this.#thread === thread) this.#thread = null;
    });
    // Where it cannot open, every question after this one fails too, and the next begins with another thread.
    thread.ask({ do: "open", path: this.#path }).catch(() => {
      if (this.#thread === thread) this.#end();
    });
    return thread;
  }

  #endWhenIdle(thread: WorkerThread): void {
    if (this.#thread !== thread || thread.waiting > 0 || this.#isClosed) return;
    if (this.#idle !== null) {
      this.#idle.refresh();
      return;
    }
    this.#idle = setTimeout(() => {
      this.#idle = null;
      if (this.#thread === null) return;
      if (this.#thread.waiting > 0) this.#endWhenIdle(this.#thread);
      else this.#end();
    }, this.#idleMs);
    this.#idle.unref();
  }

  #end(): void {
    const thread = this.#thread;
    if (thread === null) return;
    this.#thread = null;
    const ending = thread.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
