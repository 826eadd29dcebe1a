/** A server whose every answer, or failure to answer, is the test's. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";

export interface ScriptedRequest {
  /** `POST /v1/events`, without query. */
  readonly what: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  readonly body: any;
  /** 1 for the first of this test. */
  readonly number: number;
  readonly atMs: number;
}

export type Script = (request: ScriptedRequest, response: ServerResponse) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ScriptedRequest[];
  /** Requests that were given up by the client before they were answered. */
  readonly givenUp: number;
}

export async function aScriptedServer(context: Pick<TestContext, "after">, script: Script): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  let givenUp = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("error", () => {});
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("close", () => {
      if (!response.writableEnded) givenUp += 1;
    });
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://scripted");
      const text = Buffer.concat(chunks).toString();
      const request = {
        what: `${incoming.method} ${url.pathname}`,
        query: url.searchParams,
        headers: incoming.headers,
        body: text === "" ? null : JSON.parse(text),
        number: requests.length + 1,
        atMs: performance.now(),
      };
      requests.push(request);
      script(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get givenUp() {
      return givenUp;
    },
  };
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, status: number, code: string, members: object = {}): void {
  answer(response, status, { code, detail: `This is ${code}.`, status, request_id: "req_1", ...members });
}

export function reset(response: ServerResponse): void {
  (response.socket as Socket).resetAndDestroy();
}

/** The answer of a server that stored what was published. */
export function store({ body }: ScriptedRequest, response: ServerResponse): void {
  const data = (body as { id: string }[]).map(({ id }) => ({ id, cursor: `c-${id}`, duplicate: false }));
  answer(response, 201, { data });
}
