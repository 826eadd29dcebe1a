/**
 * The demo of many processes: `npm run demo:cluster`. A real PostgreSQL and three `trotline serve` on it. Publishes
 * every example payload of GitHub's webhooks to all three in turn, and delivers each to several of 64 endpoints, which
 * fail half of them the first time; meanwhile one process is killed, one is paused for longer than its lease, and the
 * database crashes and comes back. Shows that each payload arrived wherever it was wanted, signed, and byte for byte as
 * published. Ends with 0 only then. It takes less than a minute, needs nothing but this checkout, and leaves nothing
 * behind.
 */
import { Resources } from "../bench/resources.ts";
import { startWorker, type Worker } from "../bench/worker.ts";
import { startPostgres } from "../test/postgres/a-postgres-server.ts";
import { killOne, pauseOne, restartDatabase, type Scene } from "./cluster-faults.ts";
import { watchLeases } from "./cluster-leases.ts";
import { type Processes, processesOn, shardsText } from "./cluster-processes.ts";
import { ClusterPublishing, type Numbered } from "./cluster-publishing.ts";
import {
  type ClusterResult,
  clusterTable,
  type Due,
  type Fault,
  isClusterWhole,
  judgeCluster,
} from "./cluster-result.ts";
import { type Payload, readPayloads } from "./payloads.ts";
import { Progress } from "./progress.ts";
import type { DemoReceiverCommands } from "./receiver.ts";
import { onStage } from "./stage.ts";

const secondsMax = 100;
const pollMs = 100;
/** As many as there are shards: whoever breaks down had some to deliver to. */
const endpointsTotal = 64;
/** Each endpoint wants one kind of webhook in so many, such as `push`. */
const wantsOneIn = 12;
const readersTotal = 8;
/** How long the receiver takes to answer, so that something is in flight whenever something breaks. */
const answerMs = 20;
/** A schedule for people who watch; the default one takes days. */
const endpointOptions = {
  timeout_ms: 1000,
  retry_delays_ms: [200, 500, 1000, 2000, 2000, 2000, 2000, 2000, 2000],
};

type Receiver = Worker<DemoReceiverCommands>;

interface DemoEndpoint {
  readonly id: string;
  /** Of its URL. */
  readonly path: string;
  readonly kinds: ReadonlySet<string>;
}

const progress = new Progress();
const resources = new Resources();

await onStage({ progress, resources }, async () => {
  const result = await demonstrate();
  return { text: clusterTable(result), isWhole: isClusterWhole(result) };
});

async function demonstrate(): Promise<ClusterResult> {
  const startMs = performance.now();
  const untilMs = startMs + secondsMax * 1000;
  const payloads = (await readPayloads()).map((payload, index) => ({ ...payload, id: `demo_${index + 1}` }));
  const receiver = await startWorker<DemoReceiverCommands>(new URL("receiver.ts", import.meta.url), resources);
  const { port } = await receiver.call("listen", { afterMs: answerMs });
  const starting = startPostgres({ isDurable: true });
  // Ctrl-C may come before it runs; where it does not start it removes itself.
  resources.add(() =>
    starting.then(
      (server) => server.remove(),
      () => {},
    ),
  );
  const postgres = await starting;
  progress.say(`PostgreSQL runs on port ${postgres.port}, a receiver on http://127.0.0.1:${port}`);
  const processes = processesOn(postgres.url(), resources);
  // At once: whoever comes first makes the schema, and the others wait for it.
  await Promise.all(["one", "two", "three"].map((name) => processes.start(name)));
  await processes.share("one", ["one", "two", "three"]);
  progress.say(`three processes share the endpoints: ${shardsText(await processes.cluster("one"))} shards`);
  const endpoints = await makeEndpoints(processes, { receiver, port, kinds: kindsOf(payloads) });
  const wantedTotal = payloads.flatMap((payload) => wanting(endpoints, payload)).length;

  const leases = watchLeases(processes);
  resources.add(async () => void leases.stop());
  const faults = await publishThrough(payloads, { processes, postgres, say: (line) => progress.say(line) }, untilMs);
  await waitForAll(receiver, { total: wantedTotal, untilMs });
  const due = await readDue(processes, { payloads, endpoints, untilMs });
  const received = await receiver.call("received", undefined);
  const failures = Map.groupBy(received, (request) => request.failure ?? "200");
  progress.say(`the receiver answered: ${[...failures].map(([how, list]) => `${list.length} × ${how}`).join(", ")}`);
  progress.say(`all of it took ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return judgeCluster(due, {
    received: received.map((request) => ({ ...request, body: Buffer.from(request.body) })),
    faults: [...faults, ...leases.stop()],
  });
}

interface Making {
  readonly receiver: Receiver;
  readonly port: number;
  readonly kinds: readonly string[];
}

/** At all processes in turn. */
async function makeEndpoints(processes: Processes, { receiver, port, kinds }: Making): Promise<DemoEndpoint[]> {
  const servers = [...processes.all.values()];
  const endpoints: DemoEndpoint[] = [];
  for (let number = 0; number < endpointsTotal; number++) {
    const path = `/${number}`;
    const wanted = kinds.filter((_, index) => (index + number) % wantsOneIn === 0);
    const types = wanted.flatMap((kind) => [`github.${kind}`, `github.${kind}.*`]);
    const settings = { url: `http://127.0.0.1:${port}${path}`, types, ...endpointOptions };
    const server = servers[number % servers.length];
    const made = await server?.api<{ id: string; secrets: string[] }>("POST", "/v1/endpoints", settings);
    if (made === undefined) throw new Error("there is no process");
    await receiver.call("trust", { path, secret: made.secrets[0] ?? "" });
    endpoints.push({ id: made.id, path, kinds: new Set(wanted) });
  }
  return endpoints;
}

function kindOf({ type }: Payload): string {
  return type.split(".")[1] ?? "";
}

function kindsOf(payloads: readonly Payload[]): string[] {
  return [...new Set(payloads.map(kindOf))];
}

function wanting(endpoints: readonly DemoEndpoint[], payload: Payload): DemoEndpoint[] {
  return endpoints.filter(({ kinds }) => kinds.has(kindOf(payload)));
}

/** A part of the payloads before anything breaks, one during each fault, and one afterwards. */
async function publishThrough(payloads: readonly Numbered[], scene: Scene, untilMs: number): Promise<Fault[]> {
  const publishing = new ClusterPublishing(scene.processes, untilMs);
  const breakings = [killOne, pauseOne, restartDatabase];
  const partLength = Math.ceil(payloads.length / (breakings.length + 2));
  const part = (number: number): Promise<void> =>
    publishing.publish(payloads.slice(number * partLength, (number + 1) * partLength));
  const faults: Fault[] = [];
  await part(0);
  for (const [index, breaking] of breakings.entries()) {
    const [fault] = await Promise.all([breaking(scene), part(index + 1)]);
    faults.push(fault);
  }
  await part(breakings.length + 1);
  const again = `${publishing.refused} requests were not taken, and went to another process with the same ids`;
  progress.say(`published ${payloads.length} payloads; ${again}`);
  return faults;
}

/** Waits until every delivery was answered with 200, or the time is up: what is missing then is lost. */
async function waitForAll(receiver: Receiver, until: { total: number; untilMs: number }): Promise<void> {
  for (;;) {
    const { requests, accepted } = await receiver.call("progress", undefined);
    progress.step(accepted, until.total, `arrived, after ${requests} requests`);
    if (accepted >= until.total || performance.now() > until.untilMs) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

interface Asking {
  readonly payloads: readonly Numbered[];
  readonly endpoints: readonly DemoEndpoint[];
  readonly untilMs: number;
}

interface EventAnswer {
  readonly deliveries: readonly { readonly endpoint_id: string; readonly state: string }[];
}

/** What Trotline says of each delivery, once it calls them all delivered or the time is up. */
async function readDue(processes: Processes, { payloads, endpoints, untilMs }: Asking): Promise<Due[]> {
  const due: Due[] = [];
  const left = [...payloads];
  const servers = [...processes.all.values()];
  const statesOf = async (id: string): Promise<Map<string, string>> => {
    const server = servers[left.length % servers.length];
    const answer = await server?.api<EventAnswer>("GET", `/v1/events/${id}`);
    return new Map(answer?.deliveries.map(({ endpoint_id: endpointId, state }) => [endpointId, state]));
  };
  const read = async (): Promise<void> => {
    for (let event = left.pop(); event !== undefined; event = left.pop()) {
      const wanted = wanting(endpoints, event);
      let states = await statesOf(event.id);
      while (wanted.some(({ id }) => states.get(id) !== "delivered") && performance.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, pollMs));
        states = await statesOf(event.id);
      }
      for (const { id, path } of wanted) {
        due.push({ id: event.id, path, data: event.data, state: states.get(id) ?? "unknown" });
      }
    }
  };
  await Promise.all(Array.from({ length: readersTotal }, read));
  return due;
}
