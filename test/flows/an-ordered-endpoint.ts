/** An endpoint whose deliveries may be ordered, on a server, with a receiver that the test tells what to answer. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

export interface OrderedSetting extends TestServer {
  readonly receiver: TestReceiver;
  readonly id: string;
  publish(...events: object[]): Promise<void>;
  /** Ids in the order in which the receiver got them, whatever it answered. */
  received(): string[];
  state(eventId: string): Promise<string>;
  reaches(eventId: string, state: string): Promise<unknown>;
  act(eventId: string, action: "skip" | "retry"): ReturnType<TestServer["ask"]>;
}

export const idOf = ({ headers }: ReceivedRequest): string => String(headers["webhook-id"]);

export async function anOrderedEndpoint(context: TestContext, members: object): Promise<OrderedSetting> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context);
  const body = { url: receiver.url, retry_delays_ms: [60_000], retry_jitter: 0, ...members };
  const { id } = (await server.ask("POST /v1/endpoints", { body })).body;
  const state = async (eventId: string): Promise<string> => {
    const event = (await server.ask(`GET /v1/events/${eventId}`)).body;
    return event.deliveries.find((delivery: { endpoint_id: string }) => delivery.endpoint_id === id)?.state;
  };
  return {
    ...server,
    receiver,
    id,
    publish: async (...events) => {
      assert.equal((await server.ask("POST /v1/events", { body: events })).status, 201);
    },
    received: () => receiver.requests.map(idOf),
    state,
    reaches: (eventId, wanted) =>
      eventually(`${eventId} is ${wanted}`, async () => (await state(eventId)) === wanted, 20_000),
    act: (eventId, action) => server.ask(`POST /v1/endpoints/${id}/deliveries/${eventId}/${action}`, { body: {} }),
  };
}

/** `a1` is of the subject `a`. */
export const of = (...ids: string[]): object[] => ids.map((id) => anEvent({ id, subject: id[0] }));
export const refusing =
  (...subjects: string[]) =>
  (request: ReceivedRequest): number =>
    subjects.includes(idOf(request)[0] ?? "") ? 500 : 200;
