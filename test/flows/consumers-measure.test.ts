/** What moving a consumer would come to, before it is moved. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { Trotline } from "../../src/sdk/client.ts";
import { aConsumer, idsOf } from "./a-consumer.ts";
import { anEvent, aServer } from "./a-server.ts";

it("a dry run of a seek counts what would be read again or passed over, and moves nothing", async (context) => {
  const server = await aServer(context);
  const { ask, url, key } = server;
  await ask("POST /v1/events", { body: ["e1", "e2", "e3", "e4", "e5"].map((id) => anEvent({ id })) });
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const page = await consumer.fetch("limit=2");
  await consumer.ack(page.body.next_cursor, page.body.lease);
  const before = (await consumer.get()).body;
  const { consumers } = new Trotline({ url, key });
  const counted = async (to: string) => {
    const { again_events: again, passed_events: passed } = await consumers.measureSeek("billing", to);
    return [again, passed];
  };
  assert.deepEqual(await counted("earliest"), [2, 0]);
  assert.deepEqual(await counted("e1"), [1, 0]);
  assert.deepEqual(await counted("e2"), [0, 0]);
  assert.deepEqual(await counted("e4"), [0, 2]);
  assert.deepEqual(await counted("latest"), [0, 3]);
  assert.equal((await consumers.measureSeek("billing", "latest")).cursor, before.head);
  const after = (await consumer.get()).body;
  assert.deepEqual([after.cursor, after.lag_events], [before.cursor, 3]);
  // The lease is still its reader's.
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${page.body.lease}`)), ["e3", "e4", "e5"]);
  const refused = await ask("POST /v1/consumers/billing/seek", { body: { to: "nonsense", dry_run: true } });
  assert.equal(refused.status, 400);
  const moved = await ask("POST /v1/consumers/billing/seek", { body: { to: "e1", dry_run: false } });
  assert.deepEqual([moved.body.lag_events, moved.body.target], [4, undefined]);
});
