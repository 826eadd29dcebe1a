/**
 * Milliseconds for which a group of events has the log's line, of which there is one for all who append: from taking
 * it until the next can have it, which is when the group is on disk. The median; notes tell the 99th percentile, what
 * it is for an event, and which share of the time the line is taken. Published in batches of 100 events with 1 KiB of
 * data, on 4 connections to each server: alone (`_1`), and with four servers that write (`_4`).
 *
 * Baseline: one server, measured right before. `line-watch.ts` says how it is looked at.
 */
import { batchText, eventText, publishRequest } from "./events.ts";
import { type Bench, type Figure, type Line, rounded } from "./figure.ts";
import { lineWatch, ofHeld } from "./line-watch.ts";
import type { LoadCommands } from "./load.ts";
import { type Servers, startCluster } from "./pg-processes.ts";
import { startBenchPostgres } from "./pg-server.ts";
import type { Resources } from "./resources.ts";
import { startWorker, type Worker } from "./worker.ts";

const connectionsEach = 4;
const dataBytes = 1024;
const eventsPerRequest = 100;

export const figure: Figure = {
  name: "pg_append_line_ms",
  unit: "ms",
  what: "how long a group has the log's line until it is on disk, with 1 and 4 servers that append",
  async measure(bench, resources) {
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
    const lines: Line[] = [];
    for (const writers of [1, 4]) {
      const measured = await resources.scope((inner) => heldBy(bench, inner, { writers, load }));
      lines.push({ ...measured, baseline: lines[0]?.value ?? measured.value });
    }
    return lines;
  },
};

async function heldBy(
  bench: Bench,
  resources: Resources,
  { writers, load }: { readonly writers: number; readonly load: Worker<LoadCommands> },
): Promise<Line> {
  const postgres = await startBenchPostgres(resources);
  const url = await postgres.createDatabase("bench");
  const servers = await startCluster(bench, resources, { url, processes: writers });
  await publish(servers, load, bench.quick ? 1 : 4);
  const line = await lineWatch(url, resources);
  const { groups, share } = await line.watch(() => publish(servers, load, bench.quick ? 2 : 10));
  bench.progress(`pg_append_line_ms: ${groups.length} groups with ${writers} writers`);
  const ms = (at: number) => rounded(ofHeld(groups, at, (held) => held.ms));
  const eachUs = (at: number) => rounded(ofHeld(groups, at, (held) => (held.ms * 1000) / held.events));
  const work = rounded(ofHeld(groups, 0.5, (held) => held.workMs));
  const events = ofHeld(groups, 0.5, (held) => held.events);
  return {
    name: `pg_append_line_ms_${writers}`,
    value: ofHeld(groups, 0.5, (held) => held.ms),
    baseline: null,
    notes: [
      `${groups.length} groups, of ${events} events in the median; 99th percentile ${ms(0.99)} ms`,
      `for an event ${eachUs(0.5)} µs, 99th percentile ${eachUs(0.99)} µs`,
      `until the work is done ${work} ms, the rest is the commit; the line is taken ${Math.round(share * 100)} % of the time`,
    ],
  };
}

function publish(servers: Servers, load: Worker<LoadCommands>, seconds: number): Promise<unknown> {
  const body = batchText(eventsPerRequest, eventText(dataBytes));
  return Promise.all(
    servers.map((server) => {
      const request = publishRequest(server, body);
      return load.call("run", { port: server.port, request, connections: connectionsEach, seconds });
    }),
  );
}
