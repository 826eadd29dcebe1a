/**
 * A process of our own that answers one question at a time, for work that may take all memory or never end: a thread
 * that is out of memory takes the whole process with it (Node aborts on some allocations whatever the thread's
 * `resourceLimits`), a process only itself.
 */
import { type ChildProcess, fork } from "node:child_process";

export interface WorkerProcessOptions {
  /** The module that it runs: it sends `ready`, and then an answer to each message. */
  readonly module: URL;
  readonly heapMb: number;
  /** An answer that takes longer ends the process. */
  readonly answerMsMax: number;
  readonly startMsMax: number;
}

/** What became of a question. `late` and `died`: the process has ended. */
export type WorkerAnswer<Answer> = { readonly answer: Answer } | { readonly failure: "late" | "died" | "not started" };

/** Why a question got no answer. */
class Ended extends Error {}

export class WorkerProcess<Answer> {
  readonly #options: WorkerProcessOptions;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  #asked: PromiseWithResolvers<Answer> | null = null;
  hasEnded = false;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#child = fork(options.module, [], {
      // It may read files, to load its own code, and do nothing else to the machine.
      execArgv: ["--permission", "--allow-fs-read=*", "--allow-worker", `--max-old-space-size=${options.heapMb}`],
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#ready.promise.catch(() => {});
    this.#child.on("message", (message: Answer | "ready") => {
      if (message === "ready") this.#ready.resolve();
      else this.#asked?.resolve(message);
    });
    this.#child.on("error", () => this.#noteEnd());
    this.#child.on("exit", () => this.#noteEnd());
    this.#letGo();
  }

  /** Never rejects. One question at a time. */
  async ask(question: object): Promise<WorkerAnswer<Answer>> {
    this.#child.ref();
    this.#child.channel?.ref();
    const { startMsMax, answerMsMax } = this.#options;
    try {
      const hasStarted = await within(this.#ready.promise, startMsMax).then(
        (outcome) => outcome !== late,
        () => false,
      );
      if (!hasStarted) return { failure: "not started" };
      this.#asked = Promise.withResolvers<Answer>();
      this.#child.send(question, (error) => error !== null && this.#noteEnd());
      const answer = await within(this.#asked.promise, answerMsMax);
      return answer === late ? { failure: "late" } : { answer };
    } catch {
      return { failure: "died" };
    } finally {
      this.#asked = null;
      if (this.hasEnded) this.end();
      else this.#letGo();
    }
  }

  /** At once, whatever it is doing. */
  end(): void {
    this.#noteEnd();
    this.#child.kill("SIGKILL");
    this.#letGo();
  }

  #noteEnd(): void {
    this.hasEnded = true;
    this.#ready.reject(new Ended());
    this.#asked?.reject(new Ended());
  }

  /** An idle one does not keep our process alive. */
  #letGo(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}

const late = Symbol("late");

async function within<Value>(promise: Promise<Value>, timeMs: number): Promise<Value | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, timeMs, late);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
