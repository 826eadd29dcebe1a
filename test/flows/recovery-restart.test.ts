/** A recovery through a restart, on a store with a file; and what recoveries refuse. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aReplaySetting, idsAt, numbered } from "./a-replay.ts";
import { anApp, publish } from "./an-app.ts";

/** So few that a test reaches them; this file is a process of its own. */
Object.assign(limits as { replaysActive: number }, { replaysActive: 2 });

it("one that was stopped in the middle goes on where it was, and counts everything once", async (context) => {
  const folder = temporaryFolder("recovery");
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const open = () => anApp({ store: { folder, bytesMax: null }, shutdownGraceMs: 200 });
  const before = await open();
  const endpoint = await before.registry.createEndpoint(
    { tenant: "default", url: receiver.url, retry: { delaysMs: [] } },
    0,
  );
  receiver.answer(({ headers }) => (Number(String(headers["webhook-id"]).slice(1)) % 2 === 0 ? 500 : 200));
  await publish(before, numbered(600));
  await eventually("all were tried", () => receiver.requests.length === 600);
  await before.dispatcher.journal.flushed();
  let left = 100;
  receiver.answer({
    write: (response) => {
      left -= 1;
      if (left >= 0) response.writeHead(200).end();
    },
  });
  const { id } = await before.recoveries.ofEndpoint(endpoint, { first: 1, last: 600, isDryRun: false });
  await eventually("a hundred are delivered", () => before.replays.require(id).delivered === 100);
  await before.close();
  const sent = receiver.requests.length;
  receiver.answer(200);
  const after = await open();
  const done = await eventually("complete", () => {
    const replay = after.replays.require(id);
    return replay.status === "completed" && replay;
  }).finally(() => after.close());
  assert.deepEqual([done.only, done.matched, done.delivered, done.failed], ["parked", 300, 300, 0]);
  assert.equal(new Set(idsAt(receiver, 600)).size, 300, "what failed, and nothing else");
  assert.equal(receiver.requests.length - sent, 200, "what was delivered before is not sent again");
});

it("bodies that do not fit are refused, each with the member that is wrong", async (context) => {
  const { ask, id } = await aReplaySetting(context, { events: numbered(5) });
  const refusals: [object, number, string, string | undefined][] = [
    [{}, 400, "invalid-body", "/since"],
    [{ since: 5 }, 400, "invalid-body", "/since"],
    [{ since: "" }, 400, "invalid-body", "/since"],
    [{ since: "e4", until: "e2" }, 400, "invalid-body", "/since"],
    [{ since: "nonsense" }, 400, "cursor-invalid", undefined],
    [{ since: "earliest", until: "time:soon" }, 400, "cursor-invalid", undefined],
    [{ since: "earliest", dry_run: 1 }, 400, "invalid-body", "/dry_run"],
    [{ since: "earliest", types: ["a"] }, 400, "unknown-field", "/types"],
  ];
  for (const path of [`/v1/endpoints/${id}/recover`, "/v1/recover"]) {
    for (const [body, status, code, field] of refusals) {
      const refused = await ask(`POST ${path}`, { body });
      const got = [refused.status, refused.body.code, refused.body.field];
      assert.deepEqual(got, [status, code, field], `${path} ${JSON.stringify(body)}`);
    }
    assert.equal((await ask(`POST ${path}`, { body: { since: "earliest" }, key: null })).status, 401);
  }
  const missing = await ask("POST /v1/endpoints/ep_none/recover", { body: { since: "earliest" } });
  assert.deepEqual([missing.status, missing.body.code], [404, "endpoint-not-found"]);
  assert.equal((await ask("POST /v1/recover", { body: { since: "earliest", tenant: "" } })).body.field, "/tenant");
});

it("where more endpoints failed than replays may run, none is begun, and a tenant's may be", async (context) => {
  const { ask, app, receiver } = await aReplaySetting(context);
  receiver.answer(500);
  for (const tenant of ["one", "one", "other"]) {
    await ask("POST /v1/endpoints", { body: { url: receiver.url, tenant, retry: { preset: "none" } } });
  }
  for (const tenant of ["one", "other"]) await ask("POST /v1/events", { body: numbered(1, () => ({ tenant })) });
  await eventually("all were tried", () => receiver.requests.length === 3);
  await app.dispatcher.journal.flushed();
  receiver.answer({ write: () => {} });
  const refused = await ask("POST /v1/recover", { body: { since: "earliest" } });
  assert.deepEqual([refused.status, refused.body.code], [409, "replay-limit"]);
  assert.deepEqual((await ask("GET /v1/replays")).body.data, []);
  const made = await ask("POST /v1/recover", { body: { since: "earliest", tenant: "one" } });
  assert.deepEqual([made.status, made.body.data.length], [201, 2]);
});
