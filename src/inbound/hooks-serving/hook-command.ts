/** Runs a hook's command for one request: its arguments, environment and files, as adnanh/webhook makes them. */
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "../../core/ports.ts";
import type { ProcessRunner, RunResult } from "../../platform/process-runner.ts";
import type { Allowed } from "../hooks-file/allowances.ts";
import { commandLineOf, type HookCommandLine } from "../hooks-file/command-line.ts";
import type { Hook } from "../hooks-file/hook.ts";
import type { HookRequest } from "../hooks-file/hook-request.ts";
import { commandAdvice, findCommand } from "./find-command.ts";
import { attemptTimeoutMs } from "./hook-lanes.ts";
import { type HooksLog, loggable, loggableLines } from "./hooks-log.ts";

export interface HookCommandOptions {
  readonly runner: ProcessRunner;
  readonly log: HooksLog;
  readonly random: Random;
  readonly allowed: Allowed;
  /** Files stand in the working directory under the name of their variable, as there. */
  readonly isCompat: boolean;
  /** The server's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number | null;
  readonly outputBytesMax: number;
  /** Between two looks whether the system has room for a process. */
  readonly roomWaitMs?: number;
}

export type HookRun =
  | { readonly kind: "ran"; readonly result: RunResult }
  | { readonly kind: "missing"; readonly problem: string }
  /** What adnanh/webhook does not survive. */
  | { readonly kind: "crash"; readonly problem: string };

/** Variables that a command has where the whole environment is not passed on. */
const passedOn = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"];
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const roomWaitMsDefault = 500;
/** Before its attempt would have failed by its time alone, a command that has not begun is given up. */
export const giveUpMarginMs = 1000;

export interface HookTask {
  readonly hook: Hook;
  readonly request: HookRequest;
  /** Stands before each line of the log. */
  readonly requestId: string;
}

export async function runHookCommand(task: HookTask, options: HookCommandOptions): Promise<HookRun> {
  const { hook, requestId } = task;
  const { log, environment } = options;
  const say = (text: string): void => log.say(`[${requestId}] ${text}`);
  const found = findCommand(hook, environment.PATH ?? defaultPath);
  if (!found.ok) {
    say(`error in ${found.problem}`);
    const advice = commandAdvice(hook);
    if (advice !== null) say(advice);
    return { kind: "missing", problem: found.problem };
  }
  const line = commandLineOf(hook, task.request);
  if (line.crash !== null) return { kind: "crash", problem: line.crash.message };
  for (const problem of line.problems) say(`error extracting command arguments: ${loggable(problem)}`);
  const names = line.environment.map(([name]) => name).join(" ");
  say(
    `executing ${hook.executeCommand} (${found.program}) with ${line.arguments.length} argument(s)` +
      ` and environment [${loggable(names)}] using ${hook.commandWorkingDirectory} as cwd`,
  );
  const result = await runWithRoom(() => run(found.program, { task, line }, options), requestId, options);
  say(`command output: ${loggableLines(result.output)}`);
  const problem = problemOf(result);
  if (problem !== null) say(`error occurred: ${problem}`);
  say(`finished handling ${hook.id}`);
  return { kind: "ran", result };
}

/** Null where it ended with 0. */
export function problemOf(result: RunResult): string | null {
  if (result.outcome === "exited") return result.exitStatus === 0 ? null : `exit status ${result.exitStatus}`;
  if (result.outcome === "timed_out") return "it ran longer than it may, and was ended";
  return result.failure ?? `signal: ${result.signal}`;
}

/** A system that has no room for a process just now must not cost a request: its command is started when there is. */
async function runWithRoom(
  start: () => Promise<RunResult>,
  requestId: string,
  { log, timeoutMs, roomWaitMs = roomWaitMsDefault }: HookCommandOptions,
): Promise<RunResult> {
  const untilMs = performance.now() + attemptTimeoutMs(timeoutMs) - giveUpMarginMs;
  for (;;) {
    const result = await start();
    if (!result.lacksRoom || performance.now() >= untilMs) return result;
    log.warn(`[${requestId}] its command waits: ${result.failure}`);
    await wait(roomWaitMs);
  }
}

async function run(
  program: string,
  { task, line }: { readonly task: HookTask; readonly line: HookCommandLine },
  options: HookCommandOptions,
): Promise<RunResult> {
  const { hook } = task;
  const files = options.isCompat ? await filesAsThere({ hook, line }, options.random) : null;
  const environment = { ...baseEnvironment(options), ...Object.fromEntries(line.environment), ...files?.paths };
  try {
    return await options.runner.run({
      program,
      calledAs: hook.executeCommand,
      arguments: line.arguments,
      environment,
      workingDirectory: hook.commandWorkingDirectory === "" ? process.cwd() : hook.commandWorkingDirectory,
      input: null,
      isJoined: true,
      ...(files === null && { files: Object.fromEntries(line.files.map(({ name, content }) => [name, content])) }),
      timeoutMs: options.timeoutMs,
      outputBytesMax: options.outputBytesMax,
      leftBehind: options.isCompat ? "wait" : "leave",
    });
  } finally {
    await files?.remove();
  }
}

function baseEnvironment({ allowed, environment }: HookCommandOptions): Record<string, string> {
  const all = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (allowed.has("whole-environment")) return Object.fromEntries(all);
  return { PATH: defaultPath, ...Object.fromEntries(all.filter(([name]) => passedOn.includes(name))) };
}

/** In the working directory, each named after its variable and a number; what cannot be made is left out, as there. */
async function filesAsThere({ hook, line }: { readonly hook: Hook; readonly line: HookCommandLine }, random: Random) {
  const folder = hook.commandWorkingDirectory === "" ? tmpdir() : hook.commandWorkingDirectory;
  const paths: Record<string, string> = {};
  const made: string[] = [];
  for (const { name, content } of line.files) {
    const path = join(folder, nameOfFile(name, random));
    try {
      if (name.includes("/")) continue;
      await writeFile(path, content, { mode: 0o600, flag: "wx" });
      made.push(path);
      paths[name] = path;
    } catch {
      // Its variable is not set, which the command can see.
    }
  }
  const remove = async (): Promise<void> => {
    // A folder that the command has closed keeps them: its run has ended all the same.
    for (const path of made) await rm(path, { force: true }).catch(() => {});
  };
  return { paths, remove };
}

/** The last `*` of a name is where the number stands. */
function nameOfFile(name: string, random: Random): string {
  const star = name.lastIndexOf("*");
  const number = String(Buffer.from(random.bytes(4)).readUInt32BE(0));
  return star === -1 ? name + number : name.slice(0, star) + number + name.slice(star + 1);
}
