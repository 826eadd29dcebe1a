/**
 * Deliveries a second to a busy endpoint beside 10,000 endpoints that have nothing to do: their types match no event
 * that is published; half of them name a type, half a pattern with a star. 9,900 belong to the busy endpoint's tenant,
 * so that every event is held against their filters, and 100 to another. Measured as `end_to_end` is.
 *
 * Baseline: a second server, the same in everything but that it has 100 idle endpoints (of the busy one's tenant).
 *
 * Why it is fair: the servers take turns, and the one that waits is frozen (SIGSTOP), so that it takes nothing from the
 * other. Both have the same load generator and receiver.
 */
import { createBusyEndpoint, deliveriesPerSecond, eventsPerRound, type Sending, startSending } from "./deliveries.ts";
import { alternate, type Bench, type Figure } from "./figure.ts";
import type { Resources } from "./resources.ts";
import { type Server, startServer } from "./server-process.ts";

const manyTotal = 10_000;
const fewTotal = 100;
/** Of the many, how many belong to another tenant: one tenant may not have them all beside the busy one. */
const elsewhereTotal = 100;
const creators = 16;

export const figure: Figure = {
  name: "idle_endpoints",
  unit: "deliveries/s",
  what: "deliveries beside 10,000 idle endpoints, against beside 100",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const few = await serverWithIdle(fewTotal, { bench, sending, resources });
    few.freeze(true);
    const many = await serverWithIdle(manyTotal, { bench, sending, resources });
    many.freeze(true);
    const events = eventsPerRound(bench);
    const side = async (server: Server) => {
      server.freeze(false);
      const rate = await deliveriesPerSecond(server, sending, events);
      server.freeze(true);
      return rate;
    };
    const sides = await alternate(bench, {
      name: "idle_endpoints",
      value: () => side(many),
      baseline: () => side(few),
    });
    return {
      ...sides,
      notes: [
        ...sides.notes,
        `memory ${Math.round(await many.residentMiB())} MiB, ${Math.round(await few.residentMiB())} MiB`,
      ],
    };
  },
};

async function serverWithIdle(
  total: number,
  given: { bench: Bench; sending: Sending; resources: Resources },
): Promise<Server> {
  const data = await given.resources.folder("idle-endpoints");
  const server = await startServer({ data, nodeOptions: given.bench.nodeOptions }, given.resources);
  const startMs = performance.now();
  let created = 0;
  const create = async () => {
    while (created < total) {
      created += 1;
      await server.api("POST", "/v1/endpoints", idleEndpoint(created, { total, port: given.sending.receiverPort }));
    }
  };
  await Promise.all(Array.from({ length: creators }, create));
  await createBusyEndpoint(server, given.sending);
  given.bench.progress(`idle_endpoints: ${total} created in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return server;
}

const idleEndpoint = (number: number, given: { total: number; port: number }) => ({
  url: `http://127.0.0.1:${given.port}/idle/${number}`,
  types: [number % 2 === 0 ? `shop-${number}.order.paid` : `shop-${number}.order.*`],
  tenant: given.total > fewTotal && number <= elsewhereTotal ? "elsewhere" : "default",
});
