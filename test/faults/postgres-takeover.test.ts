/**
 * Server processes on one PostgreSQL: one works, the others stand by. Whatever becomes of the one, what was acknowledged
 * is delivered, and who was replaced moves nothing any more.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it, type TestContext } from "node:test";
import postgres from "postgres";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const program = new URL("../../bin/trotline.js", import.meta.url).pathname;
let server: PostgresServer;
let databases = 0;

before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

interface Scene {
  readonly url: string;
  readonly receiver: TestReceiver;
  readonly delivered: Map<string, number>;
  readonly acknowledged: Set<string>;
  start(): Promise<ServerProcess>;
  /** Until the server does not answer any more, or `isEnough` says so. */
  publish(server: ServerProcess, isEnough?: () => boolean): Promise<void>;
  allDelivered(): Promise<void>;
}

async function aScene(context: TestContext): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-takeover-"));
  const url = await server.createDatabase(`takeover_${++databases}`);
  const receiver = await startTestReceiver();
  const delivered = new Map<string, number>();
  const acknowledged = new Set<string>();
  receiver.answer(({ headers }) => {
    const id = String(headers["webhook-id"]);
    delivered.set(id, (delivered.get(id) ?? 0) + 1);
    return id.endsWith("3") && delivered.get(id) === 1 ? 500 : 200;
  });
  const running: ServerProcess[] = [];
  context.after(async () => {
    await Promise.all(running.map((process) => process.kill()));
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });
  let batch = 0;
  return {
    url,
    receiver,
    delivered,
    acknowledged,
    start: async () => {
      const flags = ["--store", url, "--store-durability", "trusted", "--store-lease", "4s"];
      const started = await startServerProcess(folder, flags);
      running.push(started);
      return started;
    },
    publish: async (to, isEnough = () => false) => {
      while (!isEnough()) {
        const name = batch++;
        const events = Array.from({ length: 10 }, (_, i) => ({ id: `b${name}-${i}`, type: "takeover.test", data: i }));
        try {
          const { status } = await to.call("POST", "/v1/events", events);
          if (status === 201) for (const { id } of events) acknowledged.add(id);
        } catch {
          return;
        }
      }
    },
    allDelivered: async () => {
      const missing = (): string[] => [...acknowledged].filter((id) => !delivered.has(id));
      await eventually("every acknowledged event is delivered", () => missing().length === 0, 60_000).catch(() => {});
      assert.deepEqual(missing().slice(0, 10), [], "acknowledged events were lost");
    },
  };
}

const anEndpoint = (to: ServerProcess, receiver: TestReceiver) =>
  to.call("POST", "/v1/endpoints", { url: receiver.url, retry_delays_ms: [20, 50, 100, 200, 500, 1000] });

it("kill -9 of the one that works: the one that stands by takes over, and nothing acknowledged is lost", async (context) => {
  const scene = await aScene(context);
  let working = await scene.start();
  assert.equal((await anEndpoint(working, scene.receiver)).status, 201);
  for (let cycle = 0; cycle < 2; cycle++) {
    const standingBy = scene.start();
    const published = scene.acknowledged.size;
    const publishing = scene.publish(working);
    await eventually("some is published", () => scene.acknowledged.size >= published + 100);
    await working.kill();
    await publishing;
    working = await standingBy;
  }
  await scene.publish(working, () => scene.acknowledged.size >= 400);
  await scene.allDelivered();
  assert.equal(await working.stop(), 0);
});

/** What the journal has come to: it names the last batch that any process wrote, with cursors and attempts. */
async function journalled(url: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql`
      SELECT batch, position, sequence, (SELECT count(*) FROM trotline.attempts) AS attempts,
        (SELECT string_agg(l::text, ';' ORDER BY endpoint) FROM trotline.lanes l) AS lanes,
        (SELECT string_agg(p::text, ';' ORDER BY endpoint, position) FROM trotline.parked p) AS parked
      FROM trotline.dispatch`;
    return JSON.stringify(rows);
  } finally {
    await sql.end();
  }
}

it("one that was stopped for longer than its lease moves nothing when it goes on, and ends", async (context) => {
  const scene = await aScene(context);
  const { receiver, delivered, acknowledged } = scene;
  const first = await scene.start();
  assert.equal((await anEndpoint(first, receiver)).status, 201);
  // Answers that it hears of only when it goes on: outcomes that it has to journal then.
  let isSlow = true;
  receiver.answer(({ headers }) => {
    const id = String(headers["webhook-id"]);
    delivered.set(id, (delivered.get(id) ?? 0) + 1);
    if (!isSlow) return 200;
    return { write: (response) => void setTimeout(() => response.writeHead(200).end(), 400) };
  });
  await scene.publish(first, () => acknowledged.size >= 50);
  await eventually("some are in flight", () => delivered.size > 0);
  process.kill(first.pid, "SIGSTOP");
  isSlow = false;
  const second = await scene.start();
  await scene.publish(second, () => acknowledged.size >= 150);
  await scene.allDelivered();
  let before = "";
  await eventually("the journal rests", async () => {
    const now = await journalled(scene.url);
    const rests = now === before;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return rests;
  });
  process.kill(first.pid, "SIGCONT");
  assert.equal(await first.ended, exitCodes.storeLost);
  assert.equal(await journalled(scene.url), before);
  await scene.publish(second, () => acknowledged.size >= 200);
  await scene.allDelivered();
  assert.equal(await second.stop(), 0);
});

it("one that stands by says whose the store is, and a signal ends its wait in order", async (context) => {
  const scene = await aScene(context);
  const first = await scene.start();
  const standingBy = aStandby(scene.url);
  context.after(() => void standingBy.child.kill("SIGKILL"));
  await eventually("it says so", () => standingBy.output().includes("stands by"));
  assert.match(standingBy.output(), new RegExp(`belongs to the process \\S+/${first.pid} since 20`));
  standingBy.child.kill("SIGTERM");
  assert.equal(await standingBy.ended, 0, standingBy.output());
});

it("a signal that comes while the store is being taken over ends what took it", async (context) => {
  const scene = await aScene(context);
  const first = await scene.start();
  const standingBy = aStandby(scene.url);
  const sql = postgres(scene.url, { max: 1, onnotice: () => {} });
  context.after(async () => {
    standingBy.child.kill("SIGKILL");
    await sql.end();
  });
  await eventually("it stands by", () => standingBy.output().includes("stands by"));
  await sql.begin(async (transaction) => {
    await transaction.unsafe("LOCK TABLE trotline.event_types");
    assert.equal(await first.stop(), 0);
    await eventually("it has the store, and waits for the lock", async () => {
      const rows = await transaction`SELECT 1 FROM pg_locks WHERE NOT granted`;
      return rows.length > 0;
    });
    standingBy.child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  assert.equal(await standingBy.ended, 0, standingBy.output());
  assert.doesNotMatch(standingBy.output(), /listens on/);
});

function aStandby(url: string) {
  const args = [program, "serve", "--port", "0", "--store", url, "--store-durability", "trusted"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { child, ended, output: () => output };
}
