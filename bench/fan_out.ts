/**
 * Deliveries a second of events that 1,000 endpoints take, each: publish over HTTP → on disk → a signed POST to every
 * one of them, with a secret of its own → journalled. Measured as `end_to_end` is; the endpoints are one receiver's, so
 * that 256 attempts at most are in flight at it.
 *
 * Baseline: a bare loop of undici's `dispatch` that posts the same body with the same headers to the same receiver, with
 * 64 in flight, as for `end_to_end`.
 *
 * Why it is fair: the same request, receiver and machine, in turn. What an event costs is spread over a thousand
 * deliveries; what a delivery costs (its lane, its signature, its row in the journal) is all there.
 */
import { busyEndpointBody, inFlight, publishedPerSecond, repeatedHeaders, startSending } from "./deliveries.ts";
import type { DispatchLoopCommands } from "./dispatch-loop.ts";
import { eventText } from "./events.ts";
import { alternate, type Figure } from "./figure.ts";
import { type Server, startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

const endpointsTotal = 1000;
const creators = 16;
const eventDataBytes = 1024;
export const figure: Figure = {
  name: "fan_out",
  unit: "deliveries/s",
  what: "one event to 1,000 endpoints, against a bare undici loop",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const data = await resources.folder("fan-out");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    await createEndpoints(server, busyEndpointBody(sending));
    const loop = await startWorker<DispatchLoopCommands>(new URL("dispatch-loop.ts", import.meta.url), resources);
    const events = bench.quick ? 4 : 20;
    const published = { body: eventText(eventDataBytes), requests: events, deliveries: events * endpointsTotal };
    await publishedPerSecond([server], sending, published);
    const { sample } = await sending.receiver.call("state", undefined);
    const headers = repeatedHeaders(sample.headers);
    const sides = await alternate(bench, {
      name: "fan_out",
      value: () => publishedPerSecond([server], sending, published),
      async baseline() {
        const requests = published.deliveries * 2;
        const port = sending.receiverPort;
        const { seconds } = await loop.call("run", {
          port,
          path: "/busy",
          headers,
          body: sample.body,
          inFlight,
          requests,
        });
        return requests / seconds;
      },
    });
    return { ...sides, notes: [...sides.notes, `${events} events a round to ${endpointsTotal} endpoints`] };
  },
};

async function createEndpoints(server: Server, body: object): Promise<void> {
  let created = 0;
  const create = async () => {
    while (created < endpointsTotal) {
      created += 1;
      await server.api("POST", "/v1/endpoints", body);
    }
  };
  await Promise.all(Array.from({ length: creators }, create));
}
