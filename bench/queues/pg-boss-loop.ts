/**
 * Worker: the same webhooks as jobs of pg-boss, which fetches and completes jobs in batches; as many workers as keep 64
 * requests in flight, asking again as often as it allows.
 */
import { PgBoss } from "pg-boss";
import { Pool } from "undici";
import { post } from "../bare-post.ts";
import { serveCommands } from "../worker.ts";
import type { QueueCommands, QueueLoop, QueueRound } from "./queue-loop.ts";

const queue = "post";
/** Jobs that are fetched together, and completed together. */
const batchSize = 500;
const shortestPollSeconds = 0.5;
let boss: PgBoss | null = null;
let left = 0;
let ended: (() => void) | null = null;

async function open({ url, port, path, headers, inFlight }: QueueLoop): Promise<void> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: inFlight, pipelining: 1 });
  boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
  boss.on("error", (error: Error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  await boss.createQueue(queue);
  const options = { batchSize, localConcurrency: 4, pollingIntervalSeconds: shortestPollSeconds };
  await boss.work<{ body: string }>(queue, options, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => post(pool, { path, headers, body: data.body })));
    left -= jobs.length;
    if (left <= 0) ended?.();
  });
}

async function run({ jobs, jobsPerBatch, body }: QueueRound): Promise<{ seconds: number }> {
  const startMs = performance.now();
  left = jobs;
  const done = new Promise<void>((resolve) => {
    ended = resolve;
  });
  for (let added = 0; added < jobs; added += jobsPerBatch) {
    await boss?.insert(
      queue,
      Array.from({ length: jobsPerBatch }, () => ({ data: { body } })),
    );
  }
  await done;
  return { seconds: (performance.now() - startMs) / 1000 };
}

serveCommands({ open, run } satisfies QueueCommands);
