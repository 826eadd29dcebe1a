/** The program run as people run it: a process with pipes, or in a shell, or on a terminal. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";

export const bin = new URL("../../bin/trotline.js", import.meta.url).pathname;

type Context = Pick<TestContext, "after">;

export interface Run {
  readonly process: ChildProcess;
  output(): string;
  errors(): string;
  /** The output so far, read as JSON lines. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  lines(): any[];
  /** The exit code, or the signal's name; once both pipes are at their end. */
  readonly ended: Promise<number | string | null>;
}

export interface RunOptions {
  /** Where `TROTLINE_URL` and `TROTLINE_KEY` come from. */
  readonly server?: { readonly url: string; readonly key?: string };
  readonly env?: Record<string, string>;
  /** Written to the input, which is then closed; without it, the test writes and closes. */
  readonly input?: string | Uint8Array;
}

/** Killed when the test ends, if it has not ended before. */
export function trotline(context: Context, args: readonly string[], options: RunOptions = {}): Run {
  const started = run(context, [process.execPath, bin, ...args], options);
  if (options.input !== undefined) started.process.stdin?.end(options.input);
  return started;
}

/** As `trotline`, and waits for the end. */
export async function trotlineEnded(context: Context, args: readonly string[], options: RunOptions = {}) {
  const started = trotline(context, args, { input: "", ...options });
  const code = await started.ended;
  return { code, output: started.output(), errors: started.errors(), lines: () => started.lines() };
}

/** A line of shell in which `trotline` is the program. */
export function shell(context: Context, line: string, options: RunOptions = {}): Run {
  const script = `trotline() { "${process.execPath}" "${bin}" "$@"; }\n${line}`;
  return run(context, ["sh", "-c", script], options);
}

/** Of util-linux: it runs a program on a terminal of its own. */
const terminalProgram = "script";
/** Why there can be no terminal here; false where there can. */
export const noTerminal = spawnSync(terminalProgram, ["--version"]).status === 0 ? false : "`script` is not installed";

/** On a terminal of 80 columns: both outputs come as one text. */
export function onTerminal(context: Context, args: readonly string[], options: RunOptions = {}): Run {
  const quoted = [process.execPath, bin, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return shellOnTerminal(context, quoted, options);
}

/** A line of shell on a terminal; what is written to the input are its keys. */
export const shellOnTerminal = (context: Context, line: string, options: RunOptions = {}): Run =>
  run(context, [terminalProgram, "--quiet", "--return", "--command", line, "/dev/null"], options);

function run(context: Context, [program = "", ...args]: string[], { server, env }: RunOptions): Run {
  const started = spawn(program, args, {
    env: {
      PATH: process.env.PATH,
      TERM: "xterm",
      ...(server !== undefined && { TROTLINE_URL: server.url }),
      ...(server?.key !== undefined && { TROTLINE_KEY: server.key }),
      ...env,
    },
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  started.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  started.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  started.stdin.on("error", () => {}); // It may end before it has read.
  const ended = new Promise<number | string | null>((resolve) => {
    started.on("close", (code, signal) => resolve(code ?? signal));
  });
  context.after(async () => {
    started.kill("SIGKILL");
    await ended;
  });
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString("utf8");
  return {
    process: started,
    output: () => text(output),
    errors: () => text(errors),
    lines: () =>
      text(output)
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ended,
  };
}

export const aFolder = (): string => temporaryFolder("cli");
