/** A receiver of the kit behind `node:http`, with one source that signs as GitHub does, for tests. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { ReceiverOptions } from "../../src/receiver/receiver-options.ts";
import { createReceiver, type Receiver } from "../../src/receiver.ts";
import { sourceSecret } from "./a-source.ts";

export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Cleanup = Pick<TestContext, "after">;

/** On a port of its own, until the test ends; the URL without a slash at the end. */
export async function served(context: Cleanup, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface TestedReceiver extends Receiver {
  /** Of the source `github`. */
  readonly url: string;
}

export async function aReceiver(context: Cleanup, options: Partial<ReceiverOptions> = {}): Promise<TestedReceiver> {
  const receiver = await createReceiver({
    folder: "memory",
    sources: { github: { scheme: "github", secret: sourceSecret } },
    handle: () => {},
    logger: quiet,
    shutdownGraceMs: 200,
    ...options,
  });
  context.after(receiver.close);
  return { ...receiver, url: `${await served(context, receiver.node)}/in/github` };
}
