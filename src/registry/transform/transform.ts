/**
 * Transforms: JSONata expressions that make of an event what is sent as its data. They are read here, and run in a
 * process of their own, one at a time, that is ended where one hangs.
 */
import { createRequire } from "node:module";
import { TrotlineError } from "../../core/errors.ts";
import type { NewEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { WorkerProcess } from "../../platform/worker-process.ts";
import type { TransformAnswer } from "./evaluate.ts";
import { TurnQueue } from "./turn-queue.ts";

/** Why a transform gave no data for an event, in a sentence for people. */
export class TransformFailure extends Error {
  override readonly name = "TransformFailure";
  /** It says nothing of the transform: the server is stopping. */
  readonly isInterrupted: boolean;

  constructor(sentence: string, isInterrupted = false) {
    super(sentence);
    this.isInterrupted = isInterrupted;
  }
}

/** The process ends after so long without work: it costs some 50 MB. */
const idleMs = 60_000;

/** Sources run as they are (.ts); the package has them compiled (.js). */
const ending = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const processOptions = {
  module: new URL(`./transform-worker${ending}`, import.meta.url),
  heapMb: 128,
  answerMsMax: limits.transformHangMs,
  startMsMax: 30_000,
};

/** What stands in quotes. */
const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs;

/** Refuses with `transform-invalid`, whose detail names line and column; `field` is where the text stands. */
export function readTransform(text: string, field = "/transform"): void {
  if (text.length > limits.transformLength) {
    const detail = `It has ${text.length} characters; the limit is ${limits.transformLength}.`;
    throw new TrotlineError("transform-invalid", detail, { field });
  }
  const steps = text.replaceAll(quoted, "").match(/\.(?!\d)/g)?.length ?? 0;
  if (steps > limits.transformSteps) {
    const detail = `Its paths have ${steps} steps; the limit is ${limits.transformSteps}.`;
    throw new TrotlineError("transform-invalid", detail, { field });
  }
  const jsonata = createRequire(import.meta.url)("jsonata") as typeof import("jsonata");
  try {
    jsonata(text);
  } catch (error) {
    // Whatever the library throws, the text is not one that it can read: too deep nesting is an error of the language.
    const { message = "It cannot be read", position = 0 } = error as { message?: string; position?: number };
    const before = text.slice(0, position).split("\n");
    const place = `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new TrotlineError("transform-invalid", `${place}: ${message.replace(/\.?$/, ".")}`, { field });
  }
}

const stopping = "The server is stopping.";

/** An expression that hung is not run again before `untilMs`. */
interface Rest {
  readonly untilMs: number;
  readonly times: number;
}

const failures = {
  late: `It did not end within ${limits.transformHangMs} ms.`,
  died: "It uses more memory than it may.",
  "not started": "Transforms cannot run: their process does not start.",
};

const restMsMax = 60_000;
const restsMax = 1000;

interface Job {
  readonly text: string;
  readonly event: NewEvent;
  readonly resolve: (answer: TransformAnswer) => void;
}

/**
 * Runs them. Expressions take turns, so that a thousand events of one hold up the next event of another for one, and
 * tenants share the time.
 */
export class Transforms {
  readonly #jobs = new TurnQueue<Job>();
  readonly #rests = new Map<string, Rest>();
  readonly #nowMs: () => number;
  #process: WorkerProcess<TransformAnswer> | null = null;
  #isRunning = false;
  #isClosed = false;
  #idle: NodeJS.Timeout | null = null;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The JSON text of the new data; null where the expression said `$skip()`. Rejects with a `TransformFailure` alone. */
  async run(text: string, event: NewEvent): Promise<Buffer | null> {
    if (this.#isClosed) throw new TransformFailure(stopping, true);
    const rest = this.#rests.get(text);
    if (rest !== undefined && this.#nowMs() < rest.untilMs) {
      throw new TransformFailure("It hung or used too much memory a moment ago; it is tried again later.");
    }
    const answer = await new Promise<TransformAnswer>((resolve) => {
      this.#jobs.add(event.tenant, text, { text, event, resolve });
      if (!this.#isRunning) void this.#work();
    });
    if ("failure" in answer) throw new TransformFailure(answer.failure, this.#isClosed);
    return answer.result === null ? null : Buffer.from(answer.result);
  }

  /** What waits fails, and so does what runs. */
  close(): void {
    this.#isClosed = true;
    if (this.#idle !== null) clearTimeout(this.#idle);
    for (let job = this.#jobs.next(); job !== undefined; job = this.#jobs.next()) {
      job.resolve({ failure: stopping });
    }
    this.#process?.end();
  }

  async #work(): Promise<void> {
    this.#isRunning = true;
    for (let job = this.#jobs.next(); job !== undefined; job = this.#jobs.next()) {
      const startMs = this.#nowMs();
      const answer = await this.#runOne(job);
      this.#jobs.spent(job.event.tenant, this.#nowMs() - startMs);
      job.resolve(answer);
    }
    this.#isRunning = false;
    this.#endWhenIdle();
  }

  async #runOne({ text, event }: Job): Promise<TransformAnswer> {
    const rest = this.#rests.get(text);
    if (rest !== undefined && this.#nowMs() < rest.untilMs) return { failure: "It hung a moment ago." };
    if (this.#process === null || this.#process.hasEnded) this.#process = new WorkerProcess(processOptions);
    const { data, id, tenant, type, subject, version, occurredAtMs } = event;
    const timestamp = new Date(occurredAtMs).toISOString();
    const asked = await this.#process.ask({
      text,
      event: { id, tenant, type, timestamp, subject, version },
      data: Buffer.from(data.buffer, data.byteOffset, data.length).toString(),
    });
    if ("answer" in asked) {
      this.#rests.delete(text);
      return asked.answer;
    }
    this.#process.end();
    if (asked.failure !== "not started") this.#noteHung(text, rest?.times ?? 0);
    return { failure: failures[asked.failure] };
  }

  #noteHung(text: string, times: number): void {
    const restMs = Math.min(restMsMax, 1000 * 2 ** times);
    if (this.#rests.size >= restsMax) this.#rests.delete(this.#rests.keys().next().value!);
    this.#rests.set(text, { untilMs: this.#nowMs() + restMs, times: times + 1 });
  }

  #endWhenIdle(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#idle = null;
      if (this.#isRunning) return;
      this.#process?.end();
      this.#process = null;
    }, idleMs).unref();
  }
}
