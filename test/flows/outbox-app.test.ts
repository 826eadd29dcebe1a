/** From an application's transaction to a receiver: the outbox in a whole app on PostgreSQL. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aServer } from "./a-server.ts";

describe("an event of the outbox", () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  it("is delivered, read and counted like any other, by the rules of publishing", async (context) => {
    const url = await server.createDatabase("of_an_app");
    const { ask } = await aServer(context, { app: { store: { url, durability: "trusted", outboxPollMs: 20 } } });
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    await ask("POST /v1/endpoints", { body: { url: receiver.url, types: ["order.paid"] } });
    const schema = { type: "object", required: ["total"] };
    const versions = [{ version: "1", schema }];
    const put = await ask("PUT /v1/event-types/order.strict", { body: { validate: "reject", versions } });
    assert.equal(put.status, 201, put.text);

    const sql = postgres(url, { max: 2, onnotice: () => {} });
    context.after(() => sql.end());
    await sql`insert into trotline.outbox (id, type, subject, data)
      values ('evt_1', 'order.paid', 'order/1', '{"total": 12345678901234567890}')`;
    await sql`insert into trotline.outbox (type, data) values ('order.strict', '{}'), ('order.strict', '{"total":1}')`;
    const delivered = await eventually("the receiver has it", () => receiver.requests[0]);
    assert.match(delivered.body.toString(), /"data":\{"total": 12345678901234567890\}/);
    assert.equal(delivered.headers["webhook-id"], "evt_1");

    const published = await ask("POST /v1/events", { body: { id: "evt_1", type: "order.paid", data: 1 } });
    assert.equal(published.body.code, "event-id-conflict");
    const page = await eventually("both are in the feed", async () => {
      const { body } = await ask("GET /v1/events?after=earliest&wait=5");
      return body.data.length === 2 && body;
    });
    assert.deepEqual(
      page.data.map(({ type, subject }: { type: string; subject?: string }) => [type, subject]),
      [
        ["order.paid", "order/1"],
        ["order.strict", undefined],
      ],
    );
    const [refused] = await sql`select code, data from trotline.outbox_refused`;
    assert.deepEqual({ ...refused }, { code: "data-invalid", data: "{}" });
    const metrics = await eventually("what was refused is shown", async () => {
      const { text } = await ask("GET /metrics");
      return text.includes("trotline_outbox_refused_rows 1\n") && text;
    });
    assert.match(metrics, /^trotline_events_published_total\{outcome="stored"\} 2$/m);
    assert.match(metrics, /^trotline_outbox_waiting_rows 0$/m);
    assert.match(metrics, /^trotline_outbox_oldest_age_seconds 0$/m);
  });

  it("wakes who waits for it, and comes after a restart where it was written without a server", async (context) => {
    const url = await server.createDatabase("of_another_app");
    const store = { url, durability: "trusted" as const };
    const first = await aServer({ after: () => {} }, { app: { store } });
    await first.server.close();
    await first.app.close();
    const sql = postgres(url, { max: 2, onnotice: () => {} });
    context.after(() => sql.end());
    await sql`insert into trotline.outbox (id, type, data) values ('evt_meanwhile', 'a', '1')`;
    const second = await aServer(context, { app: { store, adminKey: "an-admin-key-of-the-tests-own" } });
    const { ask } = second;
    const page = await ask("GET /v1/events?after=earliest&wait=20");
    assert.equal(page.body.data[0]?.id, "evt_meanwhile");
    const waiting = ask(`GET /v1/events?after=${page.body.next_cursor}&wait=20`);
    await sql`insert into trotline.outbox (id, type, data) values ('evt_waited_for', 'a', '1')`;
    assert.equal((await waiting).body.data[0]?.id, "evt_waited_for");
  });
});
