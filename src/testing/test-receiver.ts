import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes as they came. */
  readonly body: Buffer;
  readonly atMs: number;
}

/** How the receiver answers: a status, or a function that writes the answer, or does not. */
export type Answer = number | { readonly write: (response: ServerResponse, request: ReceivedRequest) => void };

export interface TestReceiver {
  readonly url: string;
  /** Everything received, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** What is answered from now on: always the same, or chosen for each request. Starts as 200. */
  answer(answer: Answer | ((request: ReceivedRequest) => Answer)): void;
  close(): Promise<void>;
}

/** A webhook receiver on a free port of 127.0.0.1 that keeps what it gets. */
export async function startTestReceiver(): Promise<TestReceiver> {
  const requests: ReceivedRequest[] = [];
  let choose: (request: ReceivedRequest) => Answer = () => 200;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", () => {});
    incoming.on("end", () => {
      const request = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: Buffer.concat(chunks),
        atMs: Date.now(),
      };
      requests.push(request);
      const answer = choose(request);
      if (typeof answer === "number") response.writeHead(answer).end();
      else answer.write(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (answer) => {
      choose = typeof answer === "function" ? answer : () => answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
