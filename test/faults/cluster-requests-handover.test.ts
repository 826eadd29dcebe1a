/** Requests that pass from one process to another while these come and go, and many at once. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { type Answer, anEvent } from "../flows/a-server.ts";
import { runningAt, runsAll, sharedDatabase } from "../flows/a-server-cluster.ts";
import { aRequestSetting, type RequestSetting, seek } from "./a-request-setting.ts";

it("endpoints that change hands meanwhile are acted upon all the same", async (context) => {
  const { cluster, api, ids, startHolder } = await aRequestSetting(context, { endpoints: 8 });
  const first = await startHolder();
  await runsAll(first);
  let isOver = false;
  const answers: Answer[] = [];
  const asking = ids.map(async (id) => {
    while (!isOver) answers.push(await seek(api, id));
  });
  const second = await startHolder();
  await eventually("they share", () => runningAt(first.app) === 4 && runningAt(second.app) === 4, 15_000);
  await first.app.close();
  await runsAll(second);
  isOver = true;
  await Promise.all(asking);
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ text }) => text),
    [],
  );
  assert.ok(answers.length > 100);
  assert.equal(cluster.sent.length, 0);
});

it("a process that only delivers does what is asked of its endpoints", async (context) => {
  const { cluster, api, ids } = await aRequestSetting(context);
  await runsAll(await cluster.start({ roles: ["deliver"] }));
  assert.equal((await seek(api, ids[0])).status, 200);
});

it("a process that stops lets what it asked, and what it does, come to an end", async (context) => {
  const { cluster, api, ids, startHolder } = await aRequestSetting(context);
  const holder = await startHolder();
  await runsAll(holder);
  await api.ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  await eventually("it was sent", () => cluster.sent.length === 1);
  for (const [index, stopping] of [api, holder].entries()) {
    const asker = index === 0 ? api : await cluster.start({ roles: ["api"] });
    cluster.hold();
    const asked = asker.ask(`POST /v1/endpoints/${ids[0]}/deliveries/e1/retry`);
    await eventually("it is sent again", () => cluster.sent.length === index + 2);
    const stopped = stopping.server.close();
    cluster.release();
    assert.equal((await asked).status, 200);
    await stopped;
  }
});

async function doesAll(context: TestContext, setting: RequestSetting): Promise<void> {
  const { cluster, api, ids } = await aRequestSetting(context, { endpoints: 20, ...setting });
  const holders = [await cluster.start(), await cluster.start()];
  const half = api.app.shards.count / 2;
  await eventually("they share", () => holders.every(({ app }) => runningAt(app) === half), 15_000);
  const events = Array.from({ length: 10 }, (_, index) => anEvent({ id: `e${index}` }));
  await api.ask("POST /v1/events", { body: events });
  await eventually("all were sent", () => cluster.sent.length === 200);
  const pairs = ids.flatMap((id) => events.map((_, index) => `POST /v1/endpoints/${id}/deliveries/e${index}/retry`));
  const answers = await Promise.all(pairs.map((what) => api.ask(what)));
  assert.deepEqual(
    answers.filter(({ status, body }) => status !== 200 || !body.delivered).map(({ text }) => text),
    [],
  );
  assert.equal(cluster.sent.length, 400);
  assert.equal(new Set(cluster.sent).size, 200);
}

it("200 requests at once are all done, once each", (context) => doesAll(context, {}));
it("200 requests at once are all done, once each, on PostgreSQL", async (context) => {
  await doesAll(context, { open: await sharedDatabase() });
});
