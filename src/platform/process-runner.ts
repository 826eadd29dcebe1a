/**
 * The one door to programs: runs them without a shell, each in a process group of its own, with their input, their
 * temporary files, a bound for their time and for what is kept of their output.
 */
import { OrphanGuard } from "./orphan-guard.ts";
import { RunFiles } from "./run-files.ts";
import { discardPipes, RunPipes } from "./run-pipes.ts";
import { noRun, RunningProcess, type RunRequest, type RunResult } from "./running-process.ts";

export interface ProcessRunnerOptions {
  /** Where temporary files are: emptied at first, and removed at last. Null has a folder made among the machine's. */
  readonly folder: string | null;
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs?: number;
}

const killGraceMsDefault = 5000;
const notAnyMore = (): RunResult => noRun("interrupted", "It was not started any more.");

export class ProcessRunner {
  readonly #running = new Set<RunningProcess>();
  readonly #files: RunFiles;
  readonly #pipes: RunPipes;
  readonly #guard = new OrphanGuard();
  readonly #killGraceMs: number;
  #isClosed = false;
  #whenIdle: (() => void) | null = null;
  /** A process of ours that ends without a `close` leaves nothing behind; if it is killed, the guard sees to that. */
  readonly #onExit = (): void => {
    for (const running of this.#running) running.kill("SIGKILL");
  };

  constructor(options: ProcessRunnerOptions) {
    this.#files = new RunFiles(options.folder);
    this.#pipes = new RunPipes(() => this.#files.root());
    this.#killGraceMs = options.killGraceMs ?? killGraceMsDefault;
  }

  /** Never rejects: whatever goes wrong is a result. */
  async run(request: RunRequest): Promise<RunResult> {
    const { files } = request;
    if (this.#isClosed) return notAnyMore();
    if (files === undefined || Object.keys(files).length === 0) return this.#start(request);
    let made: Awaited<ReturnType<RunFiles["make"]>>;
    try {
      made = await this.#files.make(files);
    } catch (error) {
      // The whole sentence says where the store is, to whoever may read the attempt.
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      return noRun("not_started", `The temporary files could not be written (${code}).`, code);
    }
    try {
      return await this.#start({ ...request, environment: { ...request.environment, ...made.paths } });
    } finally {
      await made.remove();
    }
  }

  async #start(request: RunRequest): Promise<RunResult> {
    const isOver = (): boolean => this.#isClosed || request.signal?.aborted === true;
    const pipes = isOver() ? null : await this.#pipes.take(request.isJoined ? 1 : 2);
    if (isOver()) {
      discardPipes(pipes ?? []);
      return notAnyMore();
    }
    this.#guard.ready();
    const running = new RunningProcess(request, pipes, this.#killGraceMs);
    if (this.#running.size === 0) process.on("exit", this.#onExit);
    this.#running.add(running);
    const { group } = running;
    if (group !== null) this.#guard.add(group);
    const stop = (): void => running.end("interrupted");
    request.signal?.addEventListener("abort", stop);
    try {
      return await running.ended;
    } finally {
      request.signal?.removeEventListener("abort", stop);
      this.#running.delete(running);
      if (group !== null) this.#guard.remove(group);
      if (this.#running.size === 0) {
        process.off("exit", this.#onExit);
        this.#whenIdle?.();
      }
    }
  }

  /** Starts nothing more, and ends what runs: SIGTERM to each group, SIGKILL after the grace. */
  async close(graceMs = this.#killGraceMs): Promise<void> {
    this.#isClosed = true;
    if (this.#running.size > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
      for (const running of this.#running) running.end("interrupted", graceMs);
      await idle;
    }
    this.#guard.close();
    await this.#files.close();
  }
}

export type { RunRequest, RunResult } from "./running-process.ts";
