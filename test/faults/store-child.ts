import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./store-process.ts", import.meta.url));

/** A process of store-process.ts, and the whole lines that it has printed. */
export interface StoreChild {
  readonly child: ChildProcess;
  lines(): string[];
  /** Answers when it has printed so many lines; rejects if it ends before. */
  printed(count: number): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

export function startChild(folder: string, mode: "append" | "idle"): StoreChild {
  const child = spawn(process.execPath, [program, folder, mode], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let text = "";
  let wake = (): void => {};
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    wake();
  });
  const lines = (): string[] => text.split("\n").slice(0, -1);
  return {
    child,
    lines,
    printed: (count) =>
      new Promise((resolve, reject) => {
        wake = () => {
          if (lines().length >= count) resolve();
        };
        exited.then(() => reject(new Error(`the process ended after ${lines().length} lines`)), reject);
        wake();
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
