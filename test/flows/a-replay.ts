/** A server with an endpoint and events, and replays of them, for tests of replays. */
import type { TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import { cursorAt } from "../../src/core/epochs.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { type Answer, anEvent, aServer, type TestServer } from "./a-server.ts";

export interface ReplaySetting extends TestServer {
  readonly receiver: TestReceiver;
  /** Of the endpoint. */
  readonly id: string;
  replay(body?: object): Promise<Answer>;
  /** The replay as it is now. */
  show(replayId: string): Promise<Answer["body"]>;
  /** Waits until the replay has this status. */
  becomes(replayId: string, status: string, timeoutMs?: number): Promise<Answer["body"]>;
}

interface Options {
  /** Events that were delivered before. */
  readonly events?: readonly object[];
  readonly endpoint?: object;
  readonly app?: Partial<AppOptions>;
}

/** Everything is closed when the test ends. */
export async function aReplaySetting(context: Pick<TestContext, "after">, how: Options = {}): Promise<ReplaySetting> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context, { app: how.app ?? {} });
  const { id } = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url, ...how.endpoint } })).body;
  const { events = [] } = how;
  for (let from = 0; from < events.length; from += 1000) {
    await server.ask("POST /v1/events", { body: events.slice(from, from + 1000) });
  }
  await eventually("up to date", async () => (await server.ask(`GET /v1/endpoints/${id}`)).body.lag === 0, 30_000);
  const show = async (replayId: string) => (await server.ask(`GET /v1/replays/${replayId}`)).body;
  return {
    ...server,
    receiver,
    id,
    replay: (body) => server.ask(`POST /v1/endpoints/${id}/replay`, body === undefined ? {} : { body }),
    show,
    becomes: (replayId, status, timeoutMs = 20_000) =>
      eventually(
        `the replay is ${status}`,
        async () => {
          const replay = await show(replayId);
          return replay.status === status && replay;
        },
        timeoutMs,
      ),
  };
}

/** `e1`, `e2` and so on. */
export const numbered = (count: number, members: (number: number) => object = () => ({}), from = 1): object[] =>
  Array.from({ length: count }, (_, index) =>
    anEvent({ id: `e${from + index}`, data: from + index, ...members(from + index) }),
  );

export const idsAt = (receiver: TestReceiver, from = 0): string[] =>
  receiver.requests.slice(from).map(({ headers }) => String(headers["webhook-id"]));

export const cursorOf = (server: TestServer, position: number): string =>
  cursorAt(server.app.store.events.bounds().epochs, position);
