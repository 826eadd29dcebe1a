/** The whole program through a pooler in transaction mode, which keeps nothing that a session would remember. */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer } from "../flows/a-server.ts";
import { aPooler } from "../postgres/a-pooler.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

let database: PostgresServer;

before(async () => {
  database = await startPostgres();
});
/** What a server of a test uses until it has closed. */
const closing: { close(): Promise<void> }[] = [];
after(async () => {
  for (const one of closing) await one.close();
  await database.remove();
});

for (const hasDirect of [true, false]) {
  it(`publishes, delivers and answers readers ${hasDirect ? "with" : "without"} a way around it`, async (context) => {
    const pooler = await aPooler(database);
    const receiver = await startTestReceiver();
    closing.push(receiver, pooler);
    const url = await database.createDatabase(`pooled_${hasDirect}`);
    const directUrl = hasDirect ? url : null;
    const server = await aServer(context, {
      app: { store: { url: pooler.through(url), directUrl, durability: "trusted", leaseMs: 2000 } },
    });
    const endpoint = { url: receiver.url, retry_delays_ms: [50, 100] };
    assert.equal((await server.ask("POST /v1/endpoints", { body: endpoint })).status, 201);
    const count = 60;
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) => server.ask("POST /v1/events", { body: anEvent({ id: `e${i}` }) })),
    );
    for (const { status, text } of answers) assert.equal(status, 201, text);
    for (let i = 0; i < 10; i++) {
      const { status, text } = await server.ask("POST /v1/events", { body: anEvent({ id: `later-${i}` }) });
      assert.equal(status, 201, text);
    }
    await eventually("all are delivered", () => receiver.requests.length === count + 10);
    const page = await server.ask(`GET /v1/events?limit=1000`);
    assert.equal(page.body.data.length, count + 10);
    const again = await server.ask("POST /v1/events", { body: anEvent({ id: "e0" }) });
    assert.equal(again.body.duplicate, true, again.text);
    assert.ok(pooler.switches > 10, `${pooler.switches} switches`);
  });
}
