/**
 * The demo: `npm run demo`. Publishes every example payload of GitHub's webhooks to a server of its own, delivers
 * them to a receiver that fails half of them the first time, and has them pulled from the feed by a consumer that is
 * killed and started again in the middle. Shows that each arrived, signed, and byte for byte as published, and that
 * feed and webhooks agree. Ends with 0 only then. It takes a few seconds, needs nothing but this checkout, and leaves
 * nothing behind.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Resources } from "../bench/resources.ts";
import { type Server, startServer } from "../bench/server-process.ts";
import { startWorker, type Worker } from "../bench/worker.ts";
import type { DemoConsumerCommands } from "./consumer.ts";
import { batchBody, type Payload, readPayloads } from "./payloads.ts";
import { Progress } from "./progress.ts";
import type { DemoReceiverCommands } from "./receiver.ts";
import { isWhole, judge, type Processed, type Published, type Result, type Row, rowsText } from "./result.ts";
import { onStage } from "./stage.ts";

const secondsMax = 50;
const pollMs = 50;
const eventsPerRequest = 40;
const readersTotal = 8;
/** A schedule for people who watch; the default one takes days. */
const endpointOptions = {
  types: ["github.*"],
  timeout_ms: 1000,
  retry_delays_ms: [200, 500, 1000, 2000, 2000, 2000, 2000],
};

type Receiver = Worker<DemoReceiverCommands>;

const progress = new Progress();
const resources = new Resources();

await onStage({ progress, resources }, async () => {
  const result = await demonstrate();
  return { text: table(result), isWhole: isWhole(result) };
});

async function demonstrate(): Promise<Result> {
  const startMs = performance.now();
  const payloads = await readPayloads();
  const receiver = await startWorker<DemoReceiverCommands>(new URL("receiver.ts", import.meta.url), resources);
  const { port } = await receiver.call("listen", { afterMs: 0 });
  const server = await startServer({ data: await resources.folder("demo") }, resources);
  progress.say(`Trotline runs on http://127.0.0.1:${server.port}, a receiver on http://127.0.0.1:${port}`);

  const path = "/webhooks";
  const url = `http://127.0.0.1:${port}${path}`;
  const endpoint = await server.api<{ secrets: string[] }>("POST", "/v1/endpoints", { url, ...endpointOptions });
  await receiver.call("trust", { path, secret: endpoint.secrets[0] ?? "" });

  const file = join(await resources.folder("consumer"), "processed.ndjson");
  const total = payloads.length;
  const untilMs = startMs + secondsMax * 1000;
  const consuming = consumeThroughDeath(server, { file, total, untilMs });
  consuming.catch(() => {}); // It is waited for below; what fails before that is told first.
  const ids = await publish(server, payloads);
  progress.say(`published ${ids.length} payloads; the receiver fails every second one the first time it comes:`);
  await waitForAll(receiver, { total, untilMs });
  progress.say(await consuming);

  const published = await readDeliveries(server, { ids, payloads, untilMs });
  const received = await receiver.call("received", undefined);
  const failures = Map.groupBy(received, (request) => request.failure ?? "200");
  progress.say(`the receiver answered: ${[...failures].map(([how, list]) => `${list.length} × ${how}`).join(", ")}`);
  progress.say(`all of it took ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return judge(published, {
    received: received.map((request) => ({ ...request, body: Buffer.from(request.body) })),
    processed: await readProcessed(file),
  });
}

interface Consuming {
  readonly file: string;
  readonly total: number;
  readonly untilMs: number;
}

/** A consumer that is killed when it has processed a third, and another of the same name that finishes its work. */
async function consumeThroughDeath(server: Server, consuming: Consuming): Promise<string> {
  const third = Math.floor(consuming.total / 3);
  await consumeUntil(server, consuming, third);
  const before = (await readProcessed(consuming.file)).length;
  await consumeUntil(server, consuming, consuming.total);
  return `a consumer of the feed was killed (kill -9) after ${before} events; the next one went on from its cursor`;
}

/** Ends the consumer's process with SIGKILL, in the middle of whatever it does. */
function consumeUntil(server: Server, { file, untilMs }: Consuming, count: number): Promise<void> {
  return resources.scope(async (inner) => {
    const consumer = await startWorker<DemoConsumerCommands>(new URL("consumer.ts", import.meta.url), inner);
    const url = `http://127.0.0.1:${server.port}`;
    let failure: unknown = null;
    consumer.call("consume", { url, key: server.key, file }).catch((error: unknown) => {
      failure = error;
    });
    while (failure === null && performance.now() < untilMs) {
      const ids = new Set((await readProcessed(file)).map((event) => event.id));
      if (ids.size >= count) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    if (failure !== null) throw failure;
  });
}

async function readProcessed(file: string): Promise<Processed[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  // What stands behind the last end of line was not written to its end.
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Processed);
}

/** Publishes in batches whose `data` are the payloads' own bytes, and answers the events' ids in order. */
async function publish(server: Server, payloads: readonly Payload[]): Promise<string[]> {
  const ids: string[] = [];
  for (let first = 0; first < payloads.length; first += eventsPerRequest) {
    const batch = payloads.slice(first, first + eventsPerRequest);
    const answer = JSON.parse(await server.text("POST", "/v1/events", batchBody(batch))) as { data: { id: string }[] };
    ids.push(...answer.data.map((item) => item.id));
  }
  return ids;
}

/** Waits until every event was answered with 200, or the time is up: what is missing then is lost. */
async function waitForAll(receiver: Receiver, until: { total: number; untilMs: number }): Promise<void> {
  for (;;) {
    const { requests, accepted } = await receiver.call("progress", undefined);
    progress.step(accepted, until.total, `arrived, after ${requests} requests`);
    if (accepted >= until.total || performance.now() > until.untilMs) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** What Trotline says of each delivery, once it calls them all delivered or the time is up. */
async function readDeliveries(
  server: Server,
  given: { ids: readonly string[]; payloads: readonly Payload[]; untilMs: number },
): Promise<Published[]> {
  const published: Published[] = [];
  const left = given.ids.map((id, index) => ({ id, data: given.payloads[index]?.data ?? Buffer.alloc(0) }));
  const read = async () => {
    for (let event = left.pop(); event !== undefined; event = left.pop()) {
      published.push({ ...event, state: await deliveryState(server, { id: event.id, untilMs: given.untilMs }) });
    }
  };
  await Promise.all(Array.from({ length: readersTotal }, read));
  return published;
}

interface EventAnswer {
  readonly deliveries: readonly { readonly state: string }[];
}

async function deliveryState(server: Server, given: { id: string; untilMs: number }): Promise<string> {
  for (;;) {
    const [delivery] = (await server.api<EventAnswer>("GET", `/v1/events/${given.id}`)).deliveries;
    if (delivery?.state === "delivered" || performance.now() > given.untilMs) return delivery?.state ?? "unknown";
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function table(result: Result): string {
  const rows: Row[] = [
    ["published", result.published, "payloads of @octokit/webhooks-examples"],
    ["delivered", result.delivered, "as Trotline reports"],
    ["verified", result.verified, "every request of it, by the npm library standardwebhooks"],
    ["byte-equal", result.byteEqual, "`data` received as it was published, not re-serialised"],
    ["retried", result.retried, "failed the first time and arrived by a later attempt"],
    ["duplicates", result.duplicates, "came again after they were answered with 200"],
    ["lost", result.lost, "never arrived"],
    ["pulled", result.pulled, "from the feed, by a consumer that was killed on the way"],
    ["pulled twice", result.pulledAgain, "processed but not acknowledged when it was killed"],
  ];
  const verdict = isWhole(result)
    ? `Every payload arrived, signed and byte for byte. Feed and webhooks agree: ${result.pulled} = ${result.delivered}.`
    : "Something is wrong: see the table.";
  return ["", rowsText(rows), "", verdict].join("\n");
}
