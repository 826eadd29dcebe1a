/** What the figures that compare with a job queue on PostgreSQL share. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createBusyEndpoint, deliveriesPerSecond, eventsPerRound, inFlight, startSending } from "./deliveries.ts";
import { alternate, type Figure } from "./figure.ts";
import { startBenchPostgres, startPgServer } from "./pg-server.ts";
import type { QueueCommands } from "./queues/queue-loop.ts";
import { startWorker } from "./worker.ts";

const jobsPerBatch = 100;

/**
 * Deliveries a second of Trotline on PostgreSQL, against the same requests sent by workers of a job queue on the same
 * PostgreSQL, in a database of its own. One job is one POST of the same body; jobs are added in batches of 100 by the
 * process that runs them, without HTTP, signature, or a record of attempts: what the queue does beside sending is to
 * keep the job until it is done.
 */
export const againstQueue = (name: string, queue: string, file: string): Figure => ({
  name,
  unit: "deliveries/s",
  what: `deliveries on PostgreSQL, against the same POSTs as jobs of ${queue}`,
  missing: () =>
    existsSync(fileURLToPath(new URL("queues/node_modules", import.meta.url)))
      ? null
      : "job queues are not installed: `npm ci --prefix bench/queues --ignore-scripts` does it",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const postgres = await startBenchPostgres(resources);
    const server = await startPgServer(bench, resources, { url: await postgres.createDatabase("bench") });
    await createBusyEndpoint(server, sending);
    await deliveriesPerSecond(server, sending, 100);
    const { sample } = await sending.receiver.call("state", undefined);
    const loop = await startWorker<QueueCommands>(new URL(`queues/${file}.ts`, import.meta.url), resources);
    const url = await postgres.createDatabase("queue");
    const headers = { "content-type": "application/json" };
    await loop.call("open", { url, port: sending.receiverPort, path: "/busy", headers, inFlight });
    const jobs = eventsPerRound(bench);
    return alternate(bench, {
      name,
      value: () => deliveriesPerSecond(server, sending, jobs),
      async baseline() {
        await sending.receiver.call("expect", { count: jobs });
        const { seconds } = await loop.call("run", { jobs, jobsPerBatch, body: Buffer.from(sample.body).toString() });
        return jobs / seconds;
      },
    });
  },
});
