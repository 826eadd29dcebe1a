/** Runs a user's command for one event, in a process group of its own, so that all it started can be ended with it. */
import { spawn } from "node:child_process";

export interface CommandRun {
  /** For `sh -c`. */
  readonly command: string;
  readonly input: Uint8Array | string;
  /** Beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborted: the group is asked to end, and killed when it does not. */
  readonly signal: AbortSignal;
}

/** The command did not end with 0. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** From SIGTERM to SIGKILL. */
const graceMs = 5000;

/** Groups that run now; none of them outlives this process. */
const groups = new Set<number>();

/** Resolves where the command ended with 0; rejects with a `CommandFailure` where it did not. */
export function runCommand({ command, input, env, signal }: CommandRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], {
      detached: true, // The leader of a group of its own: a signal of the terminal does not reach it before ours does.
      stdio: ["pipe", "inherit", "inherit"],
      env: { ...process.env, ...env },
    });
    const group = child.pid;
    if (group !== undefined) remember(group);
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (group === undefined || kill !== undefined) return;
      signalGroup(group, "SIGTERM");
      kill = setTimeout(() => signalGroup(group, "SIGKILL"), graceMs);
    };
    const settle = (failure: string | null): void => {
      signal.removeEventListener("abort", stop);
      clearTimeout(kill);
      if (group !== undefined) {
        if (signal.aborted) signalGroup(group, "SIGKILL"); // What the shell left behind.
        forget(group);
      }
      if (failure === null) resolve();
      else reject(new CommandFailure(failure));
    };
    child.on("error", (error) => settle(error.message));
    child.on("exit", (code, endedBy) => {
      settle(code === 0 ? null : code === null ? `ended by ${endedBy}` : `exit code ${code}`);
    });
    child.stdin.on("error", () => {}); // It need not read its input.
    child.stdin.end(input);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}

function remember(group: number): void {
  if (groups.size === 0) process.on("exit", killAll);
  groups.add(group);
}

function forget(group: number): void {
  groups.delete(group);
  if (groups.size === 0) process.off("exit", killAll);
}

function killAll(): void {
  for (const group of groups) signalGroup(group, "SIGKILL");
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {} // It has ended.
}
