/** The database is away and comes back under a server that goes on running: nothing acknowledged is lost. */
import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer, type TestServer } from "../flows/a-server.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";

let database: PostgresServer;

before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

interface Scene extends TestServer {
  /** Publishes events until one is refused; answers the refusal. */
  untilRefused(): Promise<{ status: number; body: { code: string }; headers: Headers }>;
  untilTaken(): Promise<void>;
  /** Everything that was acknowledged was delivered, and a feed that was read all the while has it once, in order. */
  nothingLost(): Promise<void>;
}

async function aScene(context: TestContext, url: string): Promise<Scene> {
  const receiver = await startTestReceiver();
  const delivered = new Set<string>();
  receiver.answer(({ headers }) => {
    delivered.add(String(headers["webhook-id"]));
    return 200;
  });
  const server = await aServer(context, {
    app: { store: { url, durability: "trusted", leaseMs: 2000, deadlineMs: 1000 } },
  });
  context.after(() => receiver.close());
  const endpoint = { url: receiver.url, retry_delays_ms: [50, 100, 200, 500] };
  assert.equal((await server.ask("POST /v1/endpoints", { body: endpoint })).status, 201);
  const acknowledged: string[] = [];
  let published = 0;
  const publishOne = async () => {
    const id = `e${++published}`;
    const answer = await server.ask("POST /v1/events", { body: anEvent({ id }) });
    if (answer.status === 201) acknowledged.push(id);
    return answer;
  };
  let isReading = true;
  const read: string[] = [];
  const reading = (async () => {
    let after = "earliest";
    while (isReading) {
      const { status, body } = await server.ask(`GET /v1/events?after=${after}&wait=1`);
      if (status !== 200) continue;
      for (const event of body.data) read.push(event.id);
      after = body.next_cursor;
    }
  })();
  for (let count = 0; count < 20; count++) assert.equal((await publishOne()).status, 201);
  return {
    ...server,
    untilRefused: () =>
      eventually("it is refused", async () => {
        const answer = await publishOne();
        return answer.status === 201 ? undefined : answer;
      }),
    untilTaken: async () => {
      await eventually("it is taken", async () => (await publishOne()).status === 201);
    },
    nothingLost: async () => {
      await eventually("all is delivered", () => acknowledged.every((id) => delivered.has(id)), 30_000);
      await eventually("all is read", () => acknowledged.every((id) => read.includes(id)), 30_000);
      isReading = false;
      await reading;
      assert.equal(new Set(read).size, read.length, "none is read twice");
      assert.deepEqual(
        read.filter((id) => acknowledged.includes(id)),
        acknowledged,
      );
    },
  };
}

it("a database that is stopped and started: 503 meanwhile, then all goes on by itself", async (context) => {
  const scene = await aScene(context, await database.createDatabase("restarted"));
  for (const how of ["immediate", "fast"] as const) {
    await database.stop(how);
    const { status, body, headers } = await scene.untilRefused();
    assert.deepEqual([status, body.code, headers.get("retry-after")], [503, "store-unavailable", "1"]);
    assert.equal((await scene.ask("GET /readyz")).status, 503);
    assert.equal((await scene.ask("GET /healthz")).status, 200);
    await database.start();
    await scene.untilTaken();
    await eventually("it is ready", async () => (await scene.ask("GET /readyz")).status === 200);
  }
  await scene.nothingLost();
});

it("a network that swallows everything: nobody waits for ever, and all goes on when it is healed", async (context) => {
  const proxy = await aProxy(database);
  const scene = await aScene(context, proxy.through(await database.createDatabase("cut")));
  context.after(() => proxy.close()); // After the server, which still needs it to close.
  proxy.blackhole();
  const { status, body } = await scene.untilRefused();
  assert.deepEqual([status, body.code], [503, "store-unavailable"]);
  proxy.heal();
  await scene.untilTaken();
  await scene.nothingLost();
});
