/**
 * What an event costs on PostgreSQL in a log of 10 thousand, 100 thousand, a million and five million events:
 * publishing it, delivering it, reading it in a page of the feed, finding it by its id; and how long a server takes to
 * start. One database that grows, filled by the store's own functions (`pg-filling.ts`).
 *
 * Baseline: a copy of the log of ten thousand events, with a server of its own, measured in turn: what differs is the
 * length of the log. Both servers are started anew for each length, so that nothing is in their memory, and their
 * compilers are as warm. The line of ten thousand compares two logs of the same length: it says what is noise.
 *
 * The first rounds at each length publish some 50 thousand events, in both. All of the database is in the system's
 * memory, and a part of it in PostgreSQL's. Quick rounds end at a million.
 */
import { createBusyEndpoint, deliveriesPerSecond, type Sending, startSending } from "./deliveries.ts";
import { batchText, eventText, publishRequest } from "./events.ts";
import { alternate, type Bench, type Figure, type Line, median } from "./figure.ts";
import type { PageReaderCommands } from "./page-reader.ts";
import { fillTo, migrated, someIds } from "./pg-filling.ts";
import { startBenchPostgres, startPgServer } from "./pg-server.ts";
import type { Resources } from "./resources.ts";
import type { Server } from "./server-process.ts";
import { startWorker, type Worker } from "./worker.ts";

const sizes = [
  { name: "10k", events: 10_000 },
  { name: "100k", events: 100_000 },
  { name: "1m", events: 1_000_000 },
  { name: "5m", events: 5_000_000 },
] as const;
type Size = (typeof sizes)[number];

const eventsPerRound = 2000;
const eventsPerRequest = 100;
const dataBytes = 200;
const pageLimit = 1000;
const pagesPerRound = 5;
const foundPerRound = 100;

export const figure: Figure = {
  name: "pg_log_growth",
  unit: "events/s",
  what: "an event in a log of up to 5,000,000 on PostgreSQL, against one of 10,000",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const reader = await startWorker<PageReaderCommands>(new URL("page-reader.ts", import.meta.url), resources);
    const postgres = await startBenchPostgres(resources);
    const short = await postgres.createDatabase("short");
    await migrated(bench, resources, short);
    await fillTo(sizes[0].events, short, resources);
    await resources.scope(async (inner) => {
      await createBusyEndpoint(await startPgServer(bench, inner, { url: short }), sending);
    });
    const grown = await postgres.createDatabase("grown", "short");
    const lines: Line[] = [];
    for (const size of bench.quick ? sizes.slice(0, 3) : sizes) {
      const startMs = performance.now();
      await fillTo(size.events, grown, resources);
      bench.progress(`pg_log_growth: ${size.events} events after ${Math.round(performance.now() - startMs)} ms`);
      const copy = await postgres.createDatabase(`short_${size.name}`, "short");
      const sides = { grown, short: copy };
      lines.push(...(await resources.scope((inner) => atSize(bench, inner, { size, sides, sending, reader }))));
      await postgres.dropDatabase(`short_${size.name}`);
    }
    return lines;
  },
};

interface Measuring {
  readonly size: Size;
  /** URLs. */
  readonly sides: { readonly grown: string; readonly short: string };
  readonly sending: Sending;
  readonly reader: Worker<PageReaderCommands>;
}

interface Side {
  readonly server: Server;
  /** To find, and to read on from. */
  readonly ids: readonly string[];
}

async function atSize(bench: Bench, resources: Resources, measuring: Measuring): Promise<readonly Line[]> {
  const { size, sides } = measuring;
  await resources.scope((inner) => dispatched(bench, inner, measuring));
  const lines = [await starting(bench, resources, measuring)];
  const grown = await sideOf(bench, resources, sides.grown);
  const short = await sideOf(bench, resources, sides.short);
  const work = { publish, deliver, page, find };
  for (const [what, perSecond] of Object.entries(work)) {
    const name = `pg_log_growth_${what}_${size.name}`;
    const value = () => perSecond(grown, measuring);
    const baseline = () => perSecond(short, measuring);
    lines.push({ name, ...(await alternate(bench, { name, value, baseline })) });
  }
  return lines;
}

/** What was filled in was offered to no lane: a server does that once, as others would have when it was published. */
async function dispatched(bench: Bench, resources: Resources, { sides, sending }: Measuring): Promise<void> {
  const server = await startPgServer(bench, resources, { url: sides.grown });
  await deliveriesPerSecond(server, sending, eventsPerRequest);
}

async function sideOf(bench: Bench, resources: Resources, url: string): Promise<Side> {
  const ids = await someIds(url, resources, pageLimit * pagesPerRound);
  return { server: await startPgServer(bench, resources, { url }), ids };
}

async function starting(bench: Bench, resources: Resources, { size, sides }: Measuring): Promise<Line> {
  const times = { grown: [] as number[], short: [] as number[] };
  for (let time = 0; time < (bench.quick ? 2 : 5); time++) {
    for (const side of ["grown", "short"] as const) {
      const start = async (inner: Resources) => (await startPgServer(bench, inner, { url: sides[side] })).startMs;
      times[side].push(await resources.scope(start));
    }
  }
  const name = `pg_log_growth_start_${size.name}`;
  return { name, unit: "ms", value: median(times.grown), baseline: median(times.short), notes: [] };
}

async function publish({ server }: Side, { sending }: Measuring): Promise<number> {
  const body = batchText(eventsPerRequest, eventText(dataBytes, "bench.backlog"));
  const requests = eventsPerRound / eventsPerRequest;
  const request = publishRequest(server, body);
  const { seconds } = await sending.load.call("run", { port: server.port, request, connections: 4, requests });
  return eventsPerRound / seconds;
}

const deliver = ({ server }: Side, { sending }: Measuring): Promise<number> =>
  deliveriesPerSecond(server, sending, eventsPerRound);

async function page({ server, ids }: Side, { reader }: Measuring): Promise<number> {
  const { port, key } = server;
  const [after = ""] = chosen(ids, 1);
  const source = { port, key, events: pageLimit * pagesPerRound, limit: pageLimit, after };
  const { count, seconds } = await reader.call("read", source);
  return count / seconds;
}

async function find({ server, ids }: Side, { reader }: Measuring): Promise<number> {
  const { port, key } = server;
  const { seconds } = await reader.call("find", { port, key, ids: chosen(ids, foundPerRound) });
  return foundPerRound / seconds;
}

const chosen = (ids: readonly string[], count: number): string[] =>
  Array.from({ length: count }, () => ids[Math.floor(Math.random() * ids.length)] as string);
