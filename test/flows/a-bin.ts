/** Bins of a server for tests, and requests to them. */
import assert from "node:assert/strict";
import type { AskOptions, TestServer } from "./a-server.ts";

export interface TestBin {
  readonly id: string;
  readonly name: string;
  /** Where to send. */
  readonly url: string;
  /** `get("/requests?limit=1")`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  get(path?: string, options?: AskOptions): Promise<any>;
  /** The ids of its requests, newest first. */
  ids(): Promise<string[]>;
}

export async function aBin(server: TestServer, body: object = {}, options: AskOptions = {}): Promise<TestBin> {
  const made = await server.ask("POST /v1/bins", { body, ...options });
  assert.equal(made.status, 201, made.text);
  const { id, name } = made.body;
  const get = async (path = "", how: AskOptions = options) => {
    const read = await server.ask(`GET /v1/bins/${id}${path}`, how);
    assert.equal(read.status, 200, read.text);
    return read.body;
  };
  return {
    ...{ id, name, get },
    url: `${server.url}/in/${name}`,
    ids: async () => (await get("/requests")).data.map((request: { id: string }) => request.id),
  };
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function send(url: string, init: RequestInit = { method: "POST", body: "{}" }): Promise<Sent> {
  const response = await fetch(url, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
