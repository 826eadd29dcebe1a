/** Servers of hooks as processes of their own: ours, and adnanh/webhook where it is installed. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import type { TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { bin } from "./cli-run.ts";

export interface HooksProcess {
  readonly port: number;
  readonly pid: number;
  /** What it logged, and printed. */
  log(): string;
  ended(): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
}

type Context = Pick<TestContext, "after">;

export interface HooksProcessOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Why there is nothing to compare with; false where there is. */
export const noWebhook = spawnSync("webhook", ["-version"]).stdout?.includes("2.8.0")
  ? false
  : "adnanh/webhook 2.8.0 (`webhook`) is not installed: nothing to compare with";

/** `trotline hooks` with these flags, on a port of its own. Waits until it serves. */
export async function startHooks(
  context: Context,
  flags: readonly string[],
  options: HooksProcessOptions = {},
): Promise<HooksProcess> {
  const started = startedHooks(context, flags, options);
  const port = await eventually("the server of hooks serves", () => {
    const found = /serving hooks on https?:\/\/[^ ]+:(\d+)\/|serves \d+ hook\(s\) on https?:\/\/[^ ]+:(\d+)\//.exec(
      started.log(),
    );
    if (found !== null) return Number(found[1] ?? found[2]);
    if (started.child.exitCode !== null) throw new Error(`it ended with ${started.child.exitCode}: ${started.log()}`);
    return undefined;
  });
  return { ...started, port };
}

/** As `startHooks`, and waits for nothing. */
export function startedHooks(context: Context, flags: readonly string[], options: HooksProcessOptions = {}) {
  return process_(context, [process.execPath, bin, "hooks", "-port", "0", ...flags], options);
}

/** adnanh/webhook with these flags, on a free port. */
export async function startWebhook(
  context: Context,
  flags: readonly string[],
  options: HooksProcessOptions = {},
): Promise<HooksProcess> {
  const port = await freePort();
  const started = process_(context, ["webhook", "-ip", "127.0.0.1", "-port", String(port), ...flags], options);
  await eventually("webhook serves", async () => {
    if (started.child.exitCode !== null) throw new Error(`it ended with ${started.child.exitCode}: ${started.log()}`);
    return sendHook(port, { target: "/" }).then(
      () => true,
      () => false,
    );
  });
  return { ...started, port };
}

function process_(context: Context, [program = "", ...args]: readonly string[], options: HooksProcessOptions) {
  const child: ChildProcess = spawn(program, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const read = (chunk: Buffer): void => {
    log += chunk.toString();
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  const exited = once(child, "close") as Promise<[number | null]>;
  context.after(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return {
    child,
    pid: child.pid ?? 0,
    log: () => log,
    ended: async () => (await exited)[0],
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
  };
}

export interface HookCall {
  readonly method?: string;
  readonly target: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  readonly body?: Uint8Array | string;
  readonly isChunked?: boolean;
}

export interface HookReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export function sendHook(port: number, call: HookCall): Promise<HookReply> {
  const { method = "GET", target, headers = [], body = "", isChunked = false } = call;
  const length = isChunked || body.length === 0 ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  const chunked = isChunked ? ["Transfer-Encoding", "chunked"] : [];
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      method,
      path: target,
      headers: ["Host", "hooks.test", ...headers, ...length, ...chunked] as unknown as Record<string, string>,
      agent: false,
    });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.end(body);
  });
}
