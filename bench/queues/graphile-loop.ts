/**
 * Worker: the same webhooks as jobs of graphile-worker, set up as its page on performance advises for short tasks: jobs
 * are fetched and completed in batches.
 */
import { Logger, makeWorkerUtils, parseCronItems, run as runWorker, type WorkerUtils } from "graphile-worker";
import { Pool } from "undici";
import { post } from "../bare-post.ts";
import { serveCommands } from "../worker.ts";
import type { QueueCommands, QueueLoop, QueueRound } from "./queue-loop.ts";

const task = "post";
let jobsOf: WorkerUtils | null = null;
let left = 0;
let ended: (() => void) | null = null;

async function open({ url, port, path, headers, inFlight }: QueueLoop): Promise<void> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: inFlight, pipelining: 1 });
  jobsOf = await makeWorkerUtils({ connectionString: url });
  await runWorker({
    connectionString: url,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    parsedCronItems: parseCronItems([]),
    preset: {
      worker: {
        concurrentJobs: inFlight,
        maxPoolSize: inFlight,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    taskList: {
      async [task](payload) {
        await post(pool, { path, headers, body: (payload as { body: string }).body });
        left -= 1;
        if (left === 0) ended?.();
      },
    },
  });
}

async function run({ jobs, jobsPerBatch, body }: QueueRound): Promise<{ seconds: number }> {
  const startMs = performance.now();
  left = jobs;
  const done = new Promise<void>((resolve) => {
    ended = resolve;
  });
  for (let added = 0; added < jobs; added += jobsPerBatch) {
    await jobsOf?.addJobs(Array.from({ length: jobsPerBatch }, () => ({ identifier: task, payload: { body } })));
  }
  await done;
  return { seconds: (performance.now() - startMs) / 1000 };
}

serveCommands({ open, run } satisfies QueueCommands);
