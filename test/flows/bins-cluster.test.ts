/** A bin of several processes on one PostgreSQL: made at one, it is at all of them, and its sequence is one. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aBin, send } from "./a-bin.ts";
import { aServerCluster, sharedDatabase } from "./a-server-cluster.ts";

it("is known to every process, whose requests are answered in one sequence", async (context) => {
  const cluster = aServerCluster(context, { open: await sharedDatabase() });
  const servers = [await cluster.start(), await cluster.start()];
  const [one, other] = servers;
  assert.ok(one !== undefined && other !== undefined);
  const bin = await aBin(one, { answer: [{ status: 500, times: 12 }, { status: 200 }] });
  assert.equal((await other.ask(`GET /v1/bins/${bin.id}`)).status, 200); // Asked for at once.
  const urls = servers.map(({ url }) => `${url}/in/${bin.name}`);
  await eventually("the other takes it", () => other.app.sources.byName(bin.name) !== undefined);
  const sent = await Promise.all(Array.from({ length: 20 }, (_, index) => send(urls[index % 2] ?? "")));
  assert.equal(sent.filter(({ status }) => status === 500).length, 12);
  assert.equal(sent.filter(({ status }) => status === 200).length, 8);
  for (const { ask } of servers) {
    const page = await eventually("all are shown", async () => {
      const { body } = await ask(`GET /v1/bins/${bin.id}/requests`);
      return body.data.length === 20 && body;
    });
    const numbers = page.data.map((request: { answered: { number: number } }) => request.answered.number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, index) => 20 - index),
    );
  }
  const waiting = one.ask(`GET /v1/bins/${bin.id}/requests?after=latest&wait=30`);
  await eventually("one waits", () => one.app.feed.waiting === 1);
  await send(`${urls[1]}/from-the-other`);
  assert.equal((await waiting).body.data[0].path, "/from-the-other");
  await other.ask(`DELETE /v1/bins/${bin.id}`);
  await eventually("it is gone everywhere", async () => (await send(urls[0] ?? "")).status === 404);
});
