/**
 * Deliveries a second to 100 endpoints that want the events of each subject one after the other (`ordering: "key"`), ten
 * subjects each, a batch of 1,000 events having one for every subject of every endpoint.
 *
 * Baseline: 100 endpoints on the same server that are the same but for their ordering, which is `none`.
 *
 * Why it is fair: both sides have the same events but for the types that say whose they are, the same log, process,
 * receiver and load, in turn. Ordered lanes wait for one another's answers; what the ratio misses of 1 is that, and
 * what keeping order costs.
 */
import { busyEndpointBody, publishedPerSecond, startSending } from "./deliveries.ts";
import { orderData } from "./events.ts";
import { alternate, type Figure } from "./figure.ts";
import { type Server, startServer } from "./server-process.ts";

const lanesTotal = 100;
const subjectsEach = 10;
const eventDataBytes = 1024;

export const figure: Figure = {
  name: "ordered_lanes",
  unit: "deliveries/s",
  what: "100 lanes in order of subject, against the same without order",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const data = await resources.folder("ordered-lanes");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    const body = busyEndpointBody(sending);
    await createLanes(server, "key", body);
    await createLanes(server, "none", body);
    const requests = bench.quick ? 4 : 20;
    const deliveries = requests * lanesTotal * subjectsEach;
    const side = (ordering: Ordering) => () =>
      publishedPerSecond([server], sending, { body: batch(ordering), requests, deliveries });
    return alternate(bench, { name: "ordered_lanes", value: side("key"), baseline: side("none") });
  },
};

type Ordering = "key" | "none";

const typeOf = (ordering: Ordering, lane: number): string => `bench.${ordering}.${lane}`;

async function createLanes(server: Server, ordering: Ordering, body: object): Promise<void> {
  for (let lane = 0; lane < lanesTotal; lane++) {
    await server.api("POST", "/v1/endpoints", { ...body, types: [typeOf(ordering, lane)], ordering });
  }
}

/** The first subject of every lane, then the second of every lane, and so on. */
function batch(ordering: Ordering): string {
  const data = orderData(eventDataBytes);
  const events = Array.from({ length: lanesTotal * subjectsEach }, (_, index) => {
    const subject = `subject-${Math.floor(index / lanesTotal)}`;
    return `{"type":"${typeOf(ordering, index % lanesTotal)}","subject":"${subject}","data":${data}}`;
  });
  return `[${events.join(",")}]`;
}
