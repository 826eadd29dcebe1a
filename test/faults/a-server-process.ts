/** A server as a process of its own, started as an operator would, so that it can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/trotline.js", import.meta.url));
export const adminKey = "trot_test_key_of_a_server_process";

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Answers the status and the JSON of the answer; fails as `fetch` does. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** The exit code, however it ends. */
  readonly ended: Promise<number | null>;
  /** The beginning of what it printed. */
  output(): string;
}

/** With `key` null it makes its own, where the store has none. */
export async function startServerProcess(
  folder: string,
  flags: readonly string[] = [],
  key: string | null = adminKey,
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [bin, "serve", "--port", "0", "--data", folder, "--allow-addresses", "loopback", "--log-level", "error", ...flags],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...(key === null ? {} : { TROTLINE_ADMIN_KEY: key }) },
    },
  );
  // A test that fails must not leave its server behind, nor wait for it.
  const killAtEnd = () => child.kill("SIGKILL");
  process.on("exit", killAtEnd);
  child.once("exit", () => process.off("exit", killAtEnd));
  const exited = once(child, "exit") as Promise<[number | null]>;
  const output = outputOf(child);
  const url = await addressOf(child, output);
  for (const handle of [child, child.stdout, child.stderr] as unknown as { unref?(): void }[]) handle.unref?.();
  return {
    url,
    pid: child.pid ?? 0,
    call: async (method, path, body) => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: response.status === 204 ? null : await response.json() };
    },
    kill: async () => {
      child.ref();
      child.kill("SIGKILL");
      await exited;
    },
    ended: exited.then(([code]) => code),
    output,
    stop: async () => {
      child.ref();
      child.kill("SIGTERM");
      return (await exited)[0];
    },
  };
}

function outputOf(child: ChildProcess): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString();
    });
  }
  return () => output;
}

function addressOf(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      const found = /listens on (http:\/\/\S+)/.exec(output());
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    child.stdout?.on("data", read);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${output()}`)));
  });
}
