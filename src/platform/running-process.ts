/** One program from its start until nothing of it is left: its group, its pipes, its time. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { KeptOutput } from "./kept-output.ts";
import { closeWriters, discardPipes, type RunPipe } from "./run-pipes.ts";
import { isShellOnly } from "./shell-only.ts";

export type OutputStream = "stdout" | "stderr";

export interface RunRequest {
  /** An absolute path. */
  readonly program: string;
  /** What the program is told that it is called; `program` where absent. */
  readonly calledAs?: string;
  readonly arguments: readonly string[];
  /** The whole environment: nothing of our own is in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** What is on its standard input; null: nothing. */
  readonly input: Uint8Array | null;
  /** Variables that are set to the path of a temporary file, and what it holds. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Null: as long as it takes. */
  readonly timeoutMs: number | null;
  /** Of both outputs together, what is kept. */
  readonly outputBytesMax: number;
  readonly onOutput?: (stream: OutputStream, bytes: Uint8Array) => void;
  /** Both outputs are one, in the order in which they are written; all of it is called `stdout`. */
  readonly isJoined?: boolean;
  /**
   * What becomes of processes that it started and left behind. `kill`: they end with it. `leave`: they go on. `wait`: it
   * has not ended before they have closed its outputs.
   */
  readonly leftBehind?: "kill" | "leave" | "wait";
  /** Ends it as `interrupted`. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly outcome: "exited" | "killed" | "timed_out" | "interrupted" | "not_started";
  /** Null where it did not exit by itself. */
  readonly exitStatus: number | null;
  /** The signal that ended it. */
  readonly signal: string | null;
  /** Of `not_started`: why, in a sentence. */
  readonly failure: string | null;
  /** Of `not_started`: the system lacks what it may have again in a moment. */
  readonly lacksRoom: boolean;
  /** Both outputs, as they came. */
  readonly output: Uint8Array;
  readonly outputTruncated: boolean;
  readonly durationMs: number;
}

export const noRun = (outcome: "not_started" | "interrupted", failure: string, code = ""): RunResult => ({
  outcome,
  exitStatus: null,
  signal: null,
  failure,
  lacksRoom: roomCodes.has(code),
  output: new Uint8Array(0),
  outputTruncated: false,
  durationMs: 0,
});

const roomCodes: ReadonlySet<string> = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);

/** How long outputs are still read when the program has ended, and others hold them open. */
const drainMs = 200;
/** Reading output faster than this would take the time of everyone else: whoever writes faster waits. */
const outputPerSlice = { bytes: 1024 * 1024, ms: 100 };

export class RunningProcess {
  /** Never rejects. */
  readonly ended: Promise<RunResult>;
  readonly #request: RunRequest;
  readonly #killGraceMs: number;
  readonly #startedMs = performance.now();
  readonly #output: KeptOutput;
  readonly #pipes: readonly RunPipe[] | null;
  #child: ChildProcess | null = null;
  /** What it writes is read here. */
  #outputs: readonly Readable[] = [];
  #resolve: ((result: RunResult) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #endingTimer: NodeJS.Timeout | undefined;
  /** Why we end it; null while we do not. */
  #ending: "timed_out" | "interrupted" | null = null;
  /** It has ended, and what it wrote last is being read. */
  #isDraining = false;
  #slice = { startedMs: 0, bytes: 0 };
  #sliceTimer: NodeJS.Timeout | undefined;

  /** `pipes`: for its outputs, or for both of them. Null: Node's sockets. */
  constructor(request: RunRequest, pipes: readonly RunPipe[] | null, killGraceMs: number) {
    this.#request = request;
    this.#pipes = pipes;
    this.#killGraceMs = killGraceMs;
    this.#output = new KeptOutput(request.outputBytesMax);
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    try {
      this.#start();
      closeWriters(pipes ?? []);
    } catch (error) {
      discardPipes(pipes ?? []);
      this.#notStarted(error as NodeJS.ErrnoException);
    }
  }

  /** Its process group; null where it was not started. */
  get group(): number | null {
    return this.#child?.pid ?? null;
  }

  /** SIGTERM to its group, and SIGKILL after the grace. */
  end(why: "timed_out" | "interrupted", graceMs = this.#killGraceMs): void {
    // What has ended by itself was not ended by us, and is over in a moment.
    if (this.#resolve === null || this.#isDraining) return;
    clearTimeout(this.#timer);
    clearTimeout(this.#endingTimer);
    this.#ending ??= why;
    this.kill("SIGTERM");
    this.#endingTimer = setTimeout(() => {
      this.kill("SIGKILL");
      // Where even that does not end it (it hangs in the kernel), nobody waits for it.
      this.#endingTimer = setTimeout(() => this.#finish(null, null), this.#killGraceMs);
    }, graceMs);
  }

  /** To its whole group. */
  kill(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // All of it has ended.
    }
  }

  #start(): void {
    const { program, calledAs, arguments: args, environment, workingDirectory, input, timeoutMs } = this.#request;
    if (isShellOnly(program, workingDirectory)) throw Object.assign(new Error(), { code: "ENOEXEC" });
    const [out, error = out] = this.#pipes ?? [];
    const child = spawn(program, args, {
      argv0: calledAs ?? program,
      cwd: workingDirectory,
      env: environment,
      detached: true,
      stdio: [input === null ? "ignore" : "pipe", out?.writer ?? "pipe", error?.writer ?? "pipe"],
    });
    this.#child = child;
    child.on("error", (error) => {
      if (child.pid === undefined) this.#notStarted(error);
    });
    child.on("exit", (status, signal) => this.#exited(status, signal));
    const readers = this.#pipes?.map(({ reader }) => reader) ?? [];
    let openCount = readers.length + 1;
    const closed = (): void => {
      openCount -= 1;
      if (openCount === 0) this.#finish(child.exitCode, child.signalCode);
    };
    for (const each of [child, ...readers]) each.on("close", closed);
    // Undefined where as many files are open as may be.
    this.#outputs = [child.stdout ?? [], child.stderr ?? [], readers].flat();
    for (const [index, output] of this.#outputs.entries()) this.#listen(output, index === 0 ? "stdout" : "stderr");
    child.stdin?.on("error", () => {}); // It need not read what it is given.
    if (input !== null) child.stdin?.end(input);
    if (timeoutMs !== null) this.#timer = setTimeout(() => this.end("timed_out"), timeoutMs);
  }

  #listen(output: Readable, stream: OutputStream): void {
    output.on("error", () => {});
    output.on("data", (bytes: Uint8Array) => {
      this.#output.add(bytes);
      this.#request.onOutput?.(stream, bytes);
      this.#slowDown(bytes.length);
    });
  }

  #slowDown(bytes: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#slice.startedMs >= outputPerSlice.ms) this.#slice = { startedMs: nowMs, bytes: 0 };
    this.#slice.bytes += bytes;
    if (this.#slice.bytes < outputPerSlice.bytes || this.#sliceTimer !== undefined) return;
    for (const output of this.#outputs) output.pause();
    const restMs = this.#slice.startedMs + outputPerSlice.ms - nowMs;
    this.#sliceTimer = setTimeout(() => {
      this.#sliceTimer = undefined;
      for (const output of this.#outputs) output.resume();
    }, restMs);
  }

  /** Its outputs may be open yet: in the hands of what it started. */
  #exited(status: number | null, signal: NodeJS.Signals | null): void {
    const { leftBehind = "kill" } = this.#request;
    if (leftBehind === "wait" && this.#ending === null) return;
    this.#isDraining = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#endingTimer);
    this.#endingTimer = setTimeout(() => this.#finish(status, signal), drainMs);
  }

  #finish(status: number | null, signal: NodeJS.Signals | null): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    this.#resolve = null;
    for (const timer of [this.#timer, this.#endingTimer, this.#sliceTimer]) clearTimeout(timer);
    if ((this.#request.leftBehind ?? "kill") === "kill" || this.#ending !== null) this.kill("SIGKILL");
    this.#child?.stdin?.destroy();
    for (const output of this.#outputs) output.destroy();
    resolve({
      outcome: this.#ending ?? (signal === null ? "exited" : "killed"),
      exitStatus: status,
      signal,
      failure: null,
      lacksRoom: false,
      output: this.#output.bytes(),
      outputTruncated: this.#output.isTruncated,
      durationMs: performance.now() - this.#startedMs,
    });
  }

  #notStarted(error: NodeJS.ErrnoException): void {
    const resolve = this.#resolve;
    this.#resolve = null;
    clearTimeout(this.#timer);
    for (const output of this.#outputs) output.destroy();
    resolve?.(noRun("not_started", startFailure(error, this.#request), error.code));
  }
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: "The program, or the interpreter that its first line names, is not there.",
  EACCES: "The program, or its working directory, may not be used by the user that the server runs as.",
  EPERM: "The program may not be run by the user that the server runs as.",
  ENOEXEC: "The program is neither made for this machine nor a script with a `#!` line.",
  E2BIG: "Its arguments and environment are longer than the system takes.",
  EAGAIN: "The system has no room for another process.",
  ENOMEM: "The system has no memory for another process.",
  EMFILE: "The server has as many files open as it may.",
  ENFILE: "The system has as many files open as it may.",
  ETXTBSY: "The program is being written.",
};

function startFailure({ code = "unknown" }: NodeJS.ErrnoException, { workingDirectory }: RunRequest): string {
  if (code === "ENOENT" && !existsSync(workingDirectory)) return "Its working directory is not there (ENOENT).";
  if (code === "ERR_INVALID_ARG_VALUE") return "An argument or a variable holds a NUL, which none can.";
  return `${sentences[code]?.slice(0, -1) ?? "The program could not be started"} (${code}).`;
}
