/** What figures about sending share: receiver, busy endpoint, and the time from first publish to last journal row. */

import { attemptId, attemptSequence } from "../src/core/ids.ts";
import { batchText, busyType, eventText, publishRequest } from "./events.ts";
import type { Bench } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import type { ReceiverCommands } from "./receiver.ts";
import type { Resources } from "./resources.ts";
import type { Server } from "./server-process.ts";
import { startWorker, type Worker } from "./worker.ts";

export const inFlight = 64;
const eventDataBytes = 1024;
const eventsPerRequest = 100;
const publishConnections = 4;
export const journalPollMs = 2;

export interface Sending {
  readonly receiver: Worker<ReceiverCommands>;
  readonly receiverPort: number;
  readonly load: Worker<LoadCommands>;
}

export async function startSending(bench: Bench, resources: Resources): Promise<Sending> {
  const receiver = await startWorker<ReceiverCommands>(new URL("receiver.ts", import.meta.url), resources);
  const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
  const { port } = await receiver.call("listen", { kind: bench.receiver });
  return { receiver, receiverPort: port, load };
}

/** Owned by HTTP itself: a client writes its own. */
const framingHeaders = new Set(["host", "connection", "content-length"]);

/** Of a request that came, the headers with which the bare loop sends it again. */
export const repeatedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !framingHeaders.has(name)));

export interface BusyEndpoint {
  readonly id: string;
  readonly secrets: readonly string[];
}

export const busyEndpointBody = (sending: Sending) => ({
  url: `http://127.0.0.1:${sending.receiverPort}/busy`,
  types: [busyType],
  max_in_flight: inFlight,
});

export const createBusyEndpoint = (server: Server, sending: Sending): Promise<BusyEndpoint> =>
  server.api("POST", "/v1/endpoints", busyEndpointBody(sending));

/**
 * Publishes `events` events in batches, and answers deliveries a second, from the first publish until the receiver has
 * answered the last of them and the server reports every attempt journalled.
 */
export const deliveriesPerSecond = (server: Server, sending: Sending, events: number): Promise<number> =>
  publishedPerSecond([server], sending, {
    body: batchText(eventsPerRequest, eventText(eventDataBytes)),
    requests: events / eventsPerRequest,
    deliveries: events,
  });

/**
 * The same for one body, published again and again, of which so many deliveries come in all. Where several servers
 * share a store, each is sent as many requests.
 */
export async function publishedPerSecond(
  servers: readonly [Server, ...Server[]],
  sending: Sending,
  published: { readonly body: string; readonly requests: number; readonly deliveries: number },
): Promise<number> {
  const { body, deliveries } = published;
  const [server] = servers;
  const connections = Math.ceil(publishConnections / servers.length);
  const requests = published.requests / servers.length;
  await sending.receiver.call("expect", { count: deliveries });
  const journalledBefore = await journalled(server);
  const startMs = performance.now();
  const loads = servers.map((one) =>
    sending.load.call("run", { port: one.port, request: publishRequest(one, body), connections, requests }),
  );
  await Promise.all([...loads, sending.receiver.call("reached", undefined)]);
  while ((await journalled(server)) < journalledBefore + deliveries) {
    await new Promise((resolve) => setTimeout(resolve, journalPollMs));
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { counted, strays } = await sending.receiver.call("state", undefined);
  if (counted !== deliveries || strays !== 0) {
    throw new Error(`${deliveries} were due; received ${counted} and ${strays} that no endpoint should have had`);
  }
  return deliveries / seconds;
}

/** How many attempts the server has journalled: the newest one's id is its number in the journal. */
export async function journalled(server: Server): Promise<number> {
  const { data } = await server.api<{ data: { id: string }[] }>("GET", "/v1/attempts?limit=1");
  return attemptSequence(data[0]?.id ?? attemptId(0)) ?? Number.NaN;
}

/** How many events a round publishes. */
export const eventsPerRound = (bench: Bench): number => (bench.quick ? 4_000 : 20_000);
