/** A Trotline server as a process of its own, as an operator would start it, and a small client for its API. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Resources } from "./resources.ts";

const bin = fileURLToPath(new URL("../bin/trotline.js", import.meta.url));
const startSecondsMax = 60;
const stopSecondsMax = 20;
const readyPollMs = 2;

export interface ServerOptions {
  /** The folder of its store. */
  readonly data: string;
  /** Options for Node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /** Flags of `trotline serve`. */
  readonly flags?: readonly string[];
  /** One of its own where absent. */
  readonly key?: string;
}

export interface Server {
  readonly port: number;
  /** A key with every scope. */
  readonly key: string;
  /** From starting the process until `/readyz` answered 200. */
  readonly startMs: number;
  /** The answer's JSON; an answer that is not 2xx is an error. */
  api<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  text(method: string, path: string, body?: string): Promise<string>;
  /** Resident memory of the process with its threads, in MiB. */
  residentMiB(): Promise<number>;
  /** Stops or continues the process without ending it (SIGSTOP, SIGCONT). */
  freeze(frozen: boolean): void;
  /** `kill -9`: it ends as if its machine had. */
  kill(): Promise<void>;
  /** Ends it as an operator would, and waits until it has gone. */
  stop(): Promise<void>;
}

export const newKey = (): string => `trotline_${randomBytes(24).toString("base64url")}`;

export async function startServer(options: ServerOptions, resources: Resources): Promise<Server> {
  const key = options.key ?? newKey();
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeOptions ?? []),
      bin,
      "serve",
      "--port",
      "0",
      "--data",
      options.data,
      "--allow-addresses",
      "loopback",
      ...(options.flags ?? []),
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TROTLINE_ADMIN_KEY: key } },
  );
  const stop = () => endServer(child);
  resources.add(stop);
  const port = await listeningPort(child);
  const server = client(child, { port, key });
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode} before it was ready`);
    if (performance.now() - startedMs > startSecondsMax * 1000) throw new Error("the server did not become ready");
    await new Promise((resolve) => setTimeout(resolve, readyPollMs));
  }
  return { ...server, startMs: performance.now() - startedMs, stop };
}

/** The port in the first `http://host:port` that the server prints; when it prints none, the error has what it said. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`the server named no address:\n${output}`)),
      startSecondsMax * 1000,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    const read = (chunk: Buffer) => {
      // Only what comes before the address matters; afterwards the pipes are read so that they never fill.
      if (output.length > 100_000) return;
      output += chunk.toString("utf8");
      const port = /https?:\/\/[^\s"/]+:(\d+)/.exec(output)?.[1];
      if (port !== undefined) end(() => resolve(Number(port)));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => end(() => reject(error)));
    child.once("exit", (code) => end(() => reject(new Error(`the server ended with ${code}:\n${output}`))));
  });
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function client(child: ChildProcess, target: { port: number; key: string }): Omit<Server, "startMs" | "stop"> {
  const text = async (method: string, path: string, body?: string) => {
    const response = await fetch(`http://127.0.0.1:${target.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${target.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
    return answer;
  };
  return {
    ...target,
    text,
    async api(method, path, body) {
      const answer = await text(method, path, body === undefined ? undefined : JSON.stringify(body));
      return answer === "" ? undefined : JSON.parse(answer);
    },
    residentMiB: () => residentMiB(child.pid ?? 0),
    freeze(frozen) {
      child.kill(frozen ? "SIGSTOP" : "SIGCONT");
    },
    async kill() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  // A frozen process takes no signal but these two.
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopSecondsMax * 1000);
  await ended;
  clearTimeout(timer);
}
