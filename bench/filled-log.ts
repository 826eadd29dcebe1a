/** A data folder whose log has a million events, published over HTTP as anyone would. */

import { batchText, eventText, publishRequest } from "./events.ts";
import type { LoadCommands } from "./load.ts";
import type { Resources } from "./resources.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

export interface FilledLog {
  readonly data: string;
  readonly events: number;
}

const eventsPerRequest = 1000;
/** Small, so that a million of them are made in seconds; what a long log costs is its rows, not its bytes. */
const dataBytes = 200;
const connections = 4;

/** `bench` is the part of `Bench` that this needs: it is made before the rest. */
export async function fillLog(
  bench: { readonly quick: boolean; progress(line: string): void },
  resources: Resources,
): Promise<FilledLog> {
  const events = bench.quick ? 100_000 : 1_000_000;
  const data = await resources.folder("filled-log");
  bench.progress(`preparing a log of ${events} events`);
  await resources.scope(async (inner) => {
    const server = await startServer({ data }, inner);
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), inner);
    const request = publishRequest(server, batchText(eventsPerRequest, eventText(dataBytes, "bench.backlog")));
    const { seconds } = await load.call("run", {
      port: server.port,
      request,
      connections,
      requests: events / eventsPerRequest,
    });
    bench.progress(`prepared in ${seconds.toFixed(1)} s`);
  });
  return { data, events };
}
