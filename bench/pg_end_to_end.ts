/**
 * `end_to_end` with everything kept in PostgreSQL (`fsync=on`, `synchronous_commit=on`) on the same machine: published
 * over HTTP in batches of 100 events, durable, signed, posted to one endpoint with 64 in flight, answered, journalled.
 *
 * Baseline and fairness are those of `end_to_end`; here PostgreSQL's processes share the machine too.
 */
import {
  createBusyEndpoint,
  deliveriesPerSecond,
  eventsPerRound,
  inFlight,
  repeatedHeaders,
  startSending,
} from "./deliveries.ts";
import type { DispatchLoopCommands } from "./dispatch-loop.ts";
import { alternate, type Figure } from "./figure.ts";
import { startBenchPostgres, startPgServer } from "./pg-server.ts";
import { startWorker } from "./worker.ts";

export const figure: Figure = {
  name: "pg_end_to_end",
  unit: "deliveries/s",
  what: "the same on PostgreSQL, against a bare undici loop",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const postgres = await startBenchPostgres(resources);
    const server = await startPgServer(bench, resources, { url: await postgres.createDatabase("bench") });
    await createBusyEndpoint(server, sending);
    const loop = await startWorker<DispatchLoopCommands>(new URL("dispatch-loop.ts", import.meta.url), resources);
    const events = eventsPerRound(bench);
    await deliveriesPerSecond(server, sending, 100);
    const { sample } = await sending.receiver.call("state", undefined);
    const headers = repeatedHeaders(sample.headers);
    return alternate(bench, {
      name: "pg_end_to_end",
      value: () => deliveriesPerSecond(server, sending, events),
      async baseline() {
        const { receiverPort: port } = sending;
        const requests = events * 2;
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
  },
};
