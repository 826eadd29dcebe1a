/** A consumer that is behind does not hold the log: it is told when retention comes near, and when it has passed. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { HandClock } from "../conformance/store-kinds.ts";
import { aConsumer, idsOf } from "./a-consumer.ts";
import { anEvent, aServer } from "./a-server.ts";

const days = 86_400_000;

/** The log's recent end is in memory, also where it is trimmed; here it is not. */
const tailBytesMax = 1;

it("by age: ok, at risk beyond four fifths of retention, then invalidated until it seeks", async (context) => {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock }, retentionAgeMs: 10 * days, tailBytesMax } });
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const startMs = clock.nowMs;
  for (const id of ["e1", "e2"]) await server.ask("POST /v1/events", { body: anEvent({ id }) });
  clock.nowMs = startMs + 8 * days;
  const ok = (await consumer.get()).body;
  assert.deepEqual(
    [ok.state, ok.lag_events, ok.lag_seconds, Date.parse(ok.oldest_unacknowledged_at)],
    ["ok", 2, (8 * days) / 1000, startMs],
  );
  clock.nowMs += 1;
  assert.equal((await consumer.get()).body.state, "ok", "the log's old end is read once a second");
  clock.nowMs += 1000;
  assert.equal((await consumer.get()).body.state, "at_risk");
  const { lease } = (await consumer.fetch()).body;
  clock.nowMs = startMs + 10 * days + 1;
  await server.ask("POST /v1/events", { body: anEvent({ id: "e3" }) });
  clock.nowMs += 1_000_000;
  await server.app.retention.run();

  const { body: gone } = await consumer.get();
  assert.deepEqual([gone.state, gone.lag_events], ["invalidated", 3]);
  assert.equal(Date.parse(gone.oldest_unacknowledged_at), clock.nowMs - 1_000_000, "of what is left");
  assert.equal((await server.ask("GET /v1/consumers")).body.data[0].state, "invalidated");
  for (const query of ["", "wait=30", `lease=${lease}`]) {
    const refused = await consumer.fetch(query);
    assert.deepEqual([refused.status, refused.body.code, refused.body.lost], [410, "cursor-expired", 2], query);
    const sought = await aConsumer(server, "another").put({ from: refused.body.resume });
    assert.ok(sought.status < 300, "the log can be read from `resume`");
  }
  assert.equal((await consumer.get()).body.state, "invalidated", "nothing moved it");
  const { body: refused } = await consumer.fetch();
  const { body: back } = await consumer.seek(refused.resume);
  assert.deepEqual([back.state, back.lag_events], ["ok", 1]);
  assert.deepEqual(idsOf(await consumer.fetch()), ["e3"]);
});

it("acknowledging what it read in time takes a consumer out of risk, however old the log is", async (context) => {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock }, retentionAgeMs: 10 * days } });
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest", types: ["invoice.*"] });
  await server.ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  clock.nowMs += 9 * days;
  assert.equal((await consumer.get()).body.state, "at_risk");
  const { next_cursor: cursor, lease } = (await consumer.fetch()).body;
  assert.equal((await consumer.ack(cursor, lease)).body.state, "ok");
  clock.nowMs += 2 * days;
  await server.app.retention.run();
  assert.equal((await consumer.get()).body.state, "ok");
  assert.equal((await consumer.fetch(`lease=${lease}`)).body.code, "lease-stale");
  assert.equal((await consumer.fetch()).status, 200);
});

it("by size: at risk where what it has not read is most of what the log may have", async (context) => {
  const text = "x".repeat(98);
  const server = await aServer(context, { app: { retentionBytesMax: 1000 } });
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const publish = (count: number) =>
    server.ask("POST /v1/events", { body: Array.from({ length: count }, () => anEvent({ data: text })) });
  await publish(8);
  assert.equal((await consumer.get()).body.state, "ok");
  await publish(1);
  assert.equal((await consumer.get()).body.state, "at_risk");
  const { data, lease } = (await consumer.fetch()).body;
  assert.equal((await consumer.ack(data[0].cursor, lease)).body.state, "ok");
  await publish(5);
  await server.app.retention.run();
  assert.equal((await consumer.get()).body.state, "invalidated");
});

it("lag is of the oldest event that it takes, found beyond many that it does not", async (context) => {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest", types: ["invoice.*"] });
  const publish = (count: number, type: string) =>
    server.ask("POST /v1/events", { body: Array.from({ length: count }, () => anEvent({ type })) });
  await publish(900, "order.paid");
  clock.nowMs += 5000;
  assert.equal((await consumer.get()).body.lag_seconds, 0);
  await publish(1, "invoice.paid");
  const acceptedAtMs = clock.nowMs;
  clock.nowMs += 2000;
  await publish(1, "invoice.paid");
  clock.nowMs += 500;
  const behind = (await consumer.get()).body;
  assert.deepEqual([behind.lag_events, behind.lag_seconds], [902, 2.5]);
  assert.equal(Date.parse(behind.oldest_unacknowledged_at), acceptedAtMs);
  const { data, lease } = (await consumer.fetch()).body;
  assert.equal((await consumer.ack(data[0].cursor, lease)).body.lag_seconds, 0.5);
  assert.equal((await consumer.ack(data[1].cursor, lease)).body.lag_seconds, 0);
  await consumer.seek("earliest");
  assert.equal((await consumer.get()).body.lag_seconds, 2.5);
  await consumer.put({ types: [] });
  assert.equal((await consumer.get()).body.lag_seconds, 7.5);
});
