/** `trotline listen` as a process, and local code that keeps the requests it gets exactly as they came. */
import type { ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { served } from "./a-receiver.ts";
import { aFolder, type Run, type RunOptions, trotline } from "./cli-run.ts";

type Context = Pick<TestContext, "after">;

export interface ArrivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export interface LocalCode {
  readonly url: string;
  readonly requests: readonly ArrivedRequest[];
  /** How requests are answered from now on; 200 and `ok` before. */
  answer(write: (response: ServerResponse, request: ArrivedRequest) => void): void;
}

export async function localCode(context: Context): Promise<LocalCode> {
  const requests: ArrivedRequest[] = [];
  let write = (response: ServerResponse, _request: ArrivedRequest): void => void response.end("ok");
  const url = await served(context, async (incoming, response) => {
    const { method = "", url: target = "", rawHeaders } = incoming;
    const headers: [string, string][] = [];
    for (let at = 0; at < rawHeaders.length; at += 2) headers.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
    const request = { method, target, headers, body: Buffer.concat(await incoming.toArray().catch(() => [])) };
    requests.push(request);
    write(response, request);
  });
  return {
    url,
    requests,
    answer: (given) => {
      write = given;
    },
  };
}

/** The headers without those that every new connection has of its own. */
export const saidHeaders = ({ headers }: ArrivedRequest) =>
  headers.filter(([name]) => !/^(host|content-length|connection|transfer-encoding)$/i.test(name));

/** Keeps its place in `folder`. */
export const listening = (
  context: Context,
  args: readonly string[],
  { folder = aFolder(), ...options }: RunOptions & { readonly folder?: string } = {},
): Run => trotline(context, ["listen", ...args], { ...options, env: { XDG_STATE_HOME: folder, ...options.env } });

/** Before the server stops, which would wait for a reader that waits for events. */
export async function interrupted(run: Run): Promise<Run> {
  run.process.kill("SIGINT");
  await run.ended;
  return run;
}
