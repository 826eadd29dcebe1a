import { type ResourceLimits, Worker } from "node:worker_threads";
import { TrotlineError } from "../../core/errors.ts";
import type { WorkerAnswer } from "./worker-service.ts";

/** Sources run as they are (.ts); the package has them compiled (.js). */
const ending = import.meta.url.slice(import.meta.url.lastIndexOf("."));

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that answers questions in the order in which they were asked (see worker-service.ts). */
export class WorkerThread {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #hasEnded = false;
  readonly #exited: Promise<void>;

  /**
   * `name` is that of the file, without its ending. `onDied` is called once if the thread ends without `end` having
   * been called, after every question that was open was rejected with `store-unavailable`.
   */
  constructor(name: string, limits: ResourceLimits, onDied: (error: Error) => void) {
    this.#worker = new Worker(new URL(`./${name}${ending}`, import.meta.url), { name, resourceLimits: limits });
    this.#worker.on("message", (answer: WorkerAnswer) => this.#take(answer));
    let cause: Error | null = null;
    this.#worker.on("error", (error) => {
      cause = error as Error;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", (code) => {
        const isUnexpected = !this.#hasEnded;
        this.#hasEnded = true;
        const detail = `The thread ${name} ended: ${cause?.message ?? `code ${code}`}.`;
        const error = new TrotlineError("store-unavailable", detail, { cause });
        for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
        if (isUnexpected) onDied(error);
        resolve();
      });
    });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  ask<Answer>(question: object, transfer: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#hasEnded) return Promise.reject(new TrotlineError("store-unavailable", "The store's thread has ended."));
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage(question, transfer);
    });
  }

  /** Lets the thread answer what it was asked, close what it has open, and end. */
  async end(): Promise<void> {
    if (this.#hasEnded) return this.#exited;
    this.#hasEnded = true;
    this.#worker.postMessage(null);
    await this.#exited;
  }

  #take(answer: WorkerAnswer): void {
    // Under `node --watch` Node itself posts here, from the thread, which files it imports.
    if (!("value" in answer || "error" in answer)) return;
    const waiting = this.#waiting.shift();
    if ("error" in answer) {
      const { code, detail } = answer.error;
      waiting?.reject(new TrotlineError(code, detail));
    } else {
      waiting?.resolve(answer.value);
    }
  }
}
