/** What replays refuse, in words that help, and what is forgotten of them. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { cursorAt } from "../../src/core/epochs.ts";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aReplaySetting, cursorOf, numbered } from "./a-replay.ts";

/** So few that a test reaches them; this file is a process of its own. */
Object.assign(limits as { replaysActive: number; replaysKept: number }, { replaysActive: 3, replaysKept: 2 });

it("bodies that do not fit are refused, each with the member that is wrong", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(5) });
  const { replay, ask } = setting;
  const foreign = cursorAt([{ id: "ffffffffffff", after: 0 }], 1);
  const refusals: [object, number, string, string | undefined][] = [
    [{ from: 5 }, 400, "invalid-body", "/from"],
    [{ from: "" }, 400, "invalid-body", "/from"],
    [{ to: "x".repeat(161) }, 400, "invalid-body", "/to"],
    [{ from: "e4", to: "e2" }, 400, "invalid-body", "/from"],
    [{ from: "latest", to: "earliest" }, 400, "invalid-body", "/from"],
    [{ from: "nonsense" }, 400, "cursor-invalid", undefined],
    [{ to: "time:soon" }, 400, "cursor-invalid", undefined],
    [{ from: foreign }, 409, "cursor-forked", undefined],
    [{ to: foreign }, 409, "cursor-forked", undefined],
    [{ types: "a" }, 400, "invalid-body", "/types"],
    [{ types: ["a", "b c"] }, 400, "invalid-body", "/types/1"],
    [{ types: [""] }, 400, "invalid-body", "/types/0"],
    [{ types: Array.from({ length: 101 }, () => "a") }, 400, "invalid-body", "/types"],
    [{ only: "delivered" }, 400, "invalid-body", "/only"],
    [{ dry_run: "yes" }, 400, "invalid-body", "/dry_run"],
    [{ form: "earliest" }, 400, "unknown-field", "/form"],
  ];
  for (const [body, status, code, field] of refusals) {
    const refused = await replay(body);
    const got = [refused.status, refused.body.code, refused.body.field];
    assert.deepEqual(got, [status, code, field], JSON.stringify(body).slice(0, 80));
  }
  assert.deepEqual((await ask("GET /v1/replays")).body, { data: [], next_cursor: null, has_more: false });
});

it("an empty range is complete at once", async (context) => {
  const { replay, becomes } = await aReplaySetting(context, { events: numbered(5) });
  const { status, body } = await replay({ from: "e3", to: "e3" });
  assert.deepEqual([status, body.matched], [201, 0]);
  assert.equal((await becomes(body.id, "completed")).sent, 0);
});

it("a place that retention passed is refused with one to resume from", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(5), app: { retentionBytesMax: 2 } });
  await setting.app.dispatcher.journal.flushed();
  await setting.app.retention.run();
  for (const body of [{ from: cursorOf(setting, 1) }, { to: cursorOf(setting, 1) }]) {
    const refused = await setting.replay(body);
    assert.deepEqual([refused.status, refused.body.code, refused.body.lost], [410, "cursor-expired", 2]);
    assert.equal((await setting.replay({ from: refused.body.resume, dry_run: true })).body.matched, 2);
  }
});

it("what does not exist is not found, and no key is no entry", async (context) => {
  const { ask, id } = await aReplaySetting(context);
  const missing = await ask("POST /v1/endpoints/ep_none/replay");
  assert.deepEqual([missing.status, missing.body.code], [404, "endpoint-not-found"]);
  for (const request of ["GET /v1/replays/rpl_1", ...["pause", "resume", "cancel"].map(actionOf)]) {
    const refused = await ask(request);
    assert.deepEqual([refused.status, refused.body.code], [404, "replay-not-found"], request);
    assert.equal((await ask(request, { key: null })).status, 401, request);
  }
  assert.equal((await ask(`POST /v1/endpoints/${id}/replay`, { key: null })).status, 401);
  for (const query of ["limit=0", "limit=x", "after=x", "endpoint=x"]) {
    const refused = await ask(`GET /v1/replays?${query}`);
    assert.deepEqual([refused.status, refused.body.code], [400, "invalid-query"], query);
  }
  const wrongMethod = await ask("DELETE /v1/replays/rpl_1");
  assert.deepEqual([wrongMethod.status, wrongMethod.body.code], [405, "method-not-allowed"]);
});

const actionOf = (action: string): string => `POST /v1/replays/rpl_1/${action}`;

it("no more replays run at once than may, and one that is cancelled makes room", async (context) => {
  const { replay, ask, id } = await aReplaySetting(context, { events: numbered(3) });
  await ask(`POST /v1/endpoints/${id}/pause`);
  const together = await Promise.all(Array.from({ length: 5 }, () => replay()));
  const made = together.filter(({ status }) => status === 201).map(({ body }) => body.id);
  const refused = together.filter(({ status }) => status === 409);
  assert.deepEqual([made.length, refused.length, refused[0]?.body.code], [3, 2, "replay-limit"]);
  await ask(`POST /v1/replays/${made[0]}/cancel`);
  assert.equal((await replay()).status, 201);
  assert.equal((await replay()).status, 409);
});

it("they are listed in pages, newest first, and the oldest that ended are forgotten", async (context) => {
  const { replay, ask, app } = await aReplaySetting(context, { events: numbered(3) });
  const ids: string[] = [];
  for (let count = 0; count < 4; count++) ids.push((await replay({ dry_run: true })).body.id);
  const kept = ids.slice(2).reverse();
  const list = async (query: string) => (await ask(`GET /v1/replays?${query}`)).body;
  const shown = (page: { data: { id: string }[] }) => page.data.map((replayed) => replayed.id);
  await eventually("two are left", async () => (await list("limit=10")).data.length === 2);
  assert.deepEqual(shown(await list("limit=10")), kept);
  const first = await list("limit=1");
  assert.deepEqual([shown(first), first.has_more, first.next_cursor], [[kept[0]], true, kept[0]]);
  const second = await list(`limit=1&after=${first.next_cursor}`);
  assert.deepEqual([shown(second), second.has_more, second.next_cursor], [[kept[1]], false, null]);
  assert.deepEqual(shown(await list("endpoint_id=ep_other")), []);
  assert.equal((await ask(`GET /v1/replays/${ids[0]}`)).status, 404);
  await eventually("so are they in the store", async () => (await app.store.replays.load()).length === 2);
});
