/** A server on a free port with an app on a memory store, and requests to it, for tests of the HTTP interface. */
import type { TestContext } from "node:test";
import type { App, AppOptions } from "../../src/app.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/http/server.ts";
import { anApp } from "./an-app.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  readonly body: any;
}

export interface AskOptions {
  readonly body?: unknown;
  /** Bytes or text as they are, in place of `body`. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  /** Null sends none; the admin key is sent where absent. */
  readonly key?: string | null;
}

export interface TestServer {
  readonly app: App;
  readonly server: RunningServer;
  readonly url: string;
  readonly key: string;
  /** `ask("POST /v1/events", { body })`. */
  ask(methodAndPath: string, options?: AskOptions): Promise<Answer>;
}

interface Options {
  readonly app?: Partial<AppOptions>;
  readonly server?: Partial<ServerOptions>;
}

/** Closed when the test, or the suite that `context` is of, ends. */
export async function aServer(context: Pick<TestContext, "after">, options: Options = {}): Promise<TestServer> {
  const app = await anApp(options.app);
  const server = await startServer(app, {
    host: "127.0.0.1",
    port: 0,
    auth: "keys",
    shutdownGraceMs: 2000,
    ...options.server,
  });
  context.after(async () => {
    await server.close();
    await app.close();
  });
  const key = app.firstKey ?? (options.app?.adminKey || "");
  return { app, server, url: server.url, key, ask: (what, how) => ask(server.url, what, { key, ...how }) };
}

async function ask(url: string, methodAndPath: string, options: AskOptions): Promise<Answer> {
  const [method = "GET", path = "/"] = methodAndPath.split(" ");
  const content = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(options.key ? { authorization: `Bearer ${options.key}` } : {}),
      ...(content === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(content === undefined ? {} : { body: content as string }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") && !text.includes("}\n{");
  return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : null };
}

/** `{type, data}` and whatever the test is about. */
export const anEvent = (members: object = {}): object => ({ type: "order.paid", data: { amount: 1 }, ...members });
