/** Endpoints that spread over the shards of a cluster, and events for them. */
import { busyEndpointBody, publishedPerSecond, type Sending } from "./deliveries.ts";
import { busyType, orderData } from "./events.ts";
import type { Bench } from "./figure.ts";
import type { Servers } from "./pg-processes.ts";
import type { Server } from "./server-process.ts";

/** As many as there are shards: each is in one of its own. */
const endpointsTotal = 64;
const typesTotal = 16;
/** As many at once in all as one server may have at one receiver. */
const maxInFlight = 4;
const dataBytes = 1024;
const eventsPerRequest = 96;
export const deliveriesPerEvent = endpointsTotal / typesTotal;

const typeOf = (index: number): string => `${busyType}.${index % typesTotal}`;

export async function createLanes(server: Server, sending: Sending): Promise<void> {
  const body = { ...busyEndpointBody(sending), max_in_flight: maxInFlight };
  for (let index = 0; index < endpointsTotal; index++) {
    await server.api("POST", "/v1/endpoints", { ...body, types: [typeOf(index)] });
  }
}

export const laneDeliveriesPerRound = (bench: Bench): number => (bench.quick ? 4_608 : 18_432);

/** Deliveries a second, from the first publish, to each of the servers, until all is journalled. */
export function laneDeliveriesPerSecond(servers: Servers, sending: Sending, deliveries: number): Promise<number> {
  const data = orderData(dataBytes);
  const events = Array.from({ length: eventsPerRequest }, (_, index) => `{"type":"${typeOf(index)}","data":${data}}`);
  const requests = deliveries / deliveriesPerEvent / eventsPerRequest;
  return publishedPerSecond(servers, sending, { body: `[${events.join(",")}]`, requests, deliveries });
}
