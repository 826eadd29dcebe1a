/** An app on a memory store with one endpoint that is a handler, for tests of handlers. */
import type { TestContext } from "node:test";
import type { App } from "../../src/app.ts";
import type { HandlerContext, HandlerEvent } from "../../src/core/handler.ts";
import type { EndpointInput } from "../../src/registry/registry.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anApp } from "./an-app.ts";

export type Handle = (event: HandlerEvent, context: HandlerContext) => unknown;

interface Scene {
  readonly app: App;
  readonly endpointId: string;
  attempts(count: number): Promise<Awaited<ReturnType<App["store"]["journal"]["attempts"]>>>;
}

export async function aHandler(
  context: TestContext,
  handle: Handle,
  settings: Partial<EndpointInput> = {},
): Promise<Scene> {
  const app = await anApp({ handlers: { note: handle as never }, shutdownGraceMs: 100 });
  context.after(() => app.close());
  const place = { tenant: "default", kind: "handler", handler: "note" } as const;
  const endpoint = await app.registry.createEndpoint({ ...place, retry: { delaysMs: [] }, ...settings }, 0);
  return {
    app,
    endpointId: endpoint.id,
    attempts: (count) =>
      eventually(`${count} attempts`, async () => {
        const found = await app.store.journal.attempts({ endpointNumber: endpoint.number, limit: 1000 });
        return found.length >= count ? [...found].reverse() : undefined;
      }),
  };
}
