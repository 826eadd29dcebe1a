/**
 * Deliveries a second to a busy endpoint while ten others are a million events behind, each of them: endpoints that
 * take every event from the start of the log, and whose receiver refuses connections, so that their breakers are open
 * and their lanes probe now and then. Measured as `end_to_end` is.
 *
 * Baseline: the same server, log and busy endpoint without those ten. They are created and deleted between rounds.
 *
 * Why it is fair: both sides have the same log of a million events and the same process; the ten endpoints, which are
 * owed ten million deliveries, are all that differs.
 */

import { freePort } from "../src/testing/free-port.ts";
import { createBusyEndpoint, deliveriesPerSecond, eventsPerRound, startSending } from "./deliveries.ts";
import { alternate, type Figure } from "./figure.ts";
import { type Server, startServer } from "./server-process.ts";

const behindTotal = 10;
const openSecondsMax = 30;
const openPollMs = 50;

interface EndpointView {
  readonly id: string;
  /** Events beyond its cursor; the few that opened its breaker are parked, and the cursor has passed them. */
  readonly lag: number;
  readonly parked: number;
  readonly health: { readonly state: string };
}

export const figure: Figure = {
  name: "backlog",
  unit: "deliveries/s",
  what: "deliveries with a backlog of 1,000,000 events on ten other endpoints, against without",
  async measure(bench, resources) {
    const { data, events } = await bench.filledLog();
    const sending = await startSending(bench, resources);
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    await createBusyEndpoint(server, sending);
    const refusing = await freePort();
    const count = eventsPerRound(bench);
    let lag = 0;
    const sides = await alternate(bench, {
      name: "backlog",
      async value() {
        const behind = await createBehind(server, refusing);
        lag = Math.min(...behind.map((endpoint) => endpoint.lag + endpoint.parked));
        if (lag < events) throw new Error(`an endpoint is only ${lag} events behind`);
        const rate = await deliveriesPerSecond(server, sending, count);
        for (const { id } of behind) await server.api("DELETE", `/v1/endpoints/${id}`);
        return rate;
      },
      baseline: () => deliveriesPerSecond(server, sending, count),
    });
    return { ...sides, notes: [...sides.notes, `${behindTotal} endpoints, the least behind by ${lag} events`] };
  },
};

/** Endpoints from the start of the log whose receiver is down; answers when every breaker is open. */
async function createBehind(server: Server, port: number): Promise<EndpointView[]> {
  const created: EndpointView[] = [];
  for (let index = 0; index < behindTotal; index++) {
    const url = `http://127.0.0.1:${port}/down/${index}`;
    created.push(await server.api("POST", "/v1/endpoints", { url, start_at: "earliest" }));
  }
  const untilMs = performance.now() + openSecondsMax * 1000;
  for (;;) {
    const views = await Promise.all(created.map(({ id }) => server.api<EndpointView>("GET", `/v1/endpoints/${id}`)));
    if (views.every((view) => view.health.state === "open")) return views;
    if (performance.now() > untilMs) throw new Error("the endpoints that are down did not open their breakers");
    await new Promise((resolve) => setTimeout(resolve, openPollMs));
  }
}
