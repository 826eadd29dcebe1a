/** Worker: the baseline of commands. A bare loop that runs a program again and again: no log, no limit, no record. */
import { spawn } from "node:child_process";
import { serveCommands } from "./worker.ts";

interface Loop {
  readonly program: string;
  readonly inFlight: number;
  readonly runs: number;
}

async function run({ program, inFlight, runs }: Loop): Promise<{ seconds: number }> {
  const startMs = performance.now();
  let left = runs;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await runOnce(program);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { seconds: (performance.now() - startMs) / 1000 };
}

function runOnce(program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [], { env: { PATH: "/usr/bin:/bin" }, stdio: ["pipe", "pipe", "pipe"] });
    child.on("error", reject);
    child.on("close", (status) => (status === 0 ? resolve() : reject(new Error(`it exited with ${status}`))));
    child.stdout.resume();
    child.stderr.resume();
    child.stdin.on("error", () => {}); // It may have ended before it is written to.
    child.stdin.end("{}");
  });
}

const commands = { run };
export type SpawnLoopCommands = typeof commands;
serveCommands(commands);
