/** However many replays run, and however slow their receivers are, live events go on. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aReplaySetting, idsAt, numbered } from "./a-replay.ts";
import { anApp, publish } from "./an-app.ts";

/** Its quarter for replays is 4, and so are their halves of a tenant and of an origin. */
const capacity = { perProcess: 16, perTenant: 8, perOrigin: 8 };

it("live events go on while replays of a slow receiver hold all the room that replays have", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(100), app: { capacity } });
  const { receiver, replay, ask, show, becomes, app } = setting;
  const { body: other } = await ask("POST /v1/endpoints", { body: { url: `${receiver.url}/other` } });
  assert.ok(other.id);
  const held: (() => void)[] = [];
  let isSlow = true;
  const old = new Set(idsAt(receiver));
  assert.equal(old.size, 100);
  receiver.answer(({ headers }) =>
    isSlow && old.has(String(headers["webhook-id"]))
      ? { write: (response) => void held.push(() => response.writeHead(200).end()) }
      : 200,
  );
  const replays: string[] = [];
  for (let count = 0; count < 3; count++) replays.push((await replay()).body.id);
  await eventually("the replays hold their room", () => held.length === 4);
  for (let batch = 0; batch < 10; batch++) {
    const before = receiver.requests.length;
    await ask("POST /v1/events", { body: numbered(20, () => ({}), 1000 + batch * 20) });
    await eventually("each live event at both endpoints", () => receiver.requests.length === before + 40);
  }
  assert.equal(held.length, 4, "no attempt of a replay ended, and none began beyond their room");
  await eventually("the live ones are settled", () => app.dispatcher.ready.inFlight === 4);
  for (const id of replays) assert.equal((await show(id)).sent, 0);
  isSlow = false;
  for (const answer of held) answer();
  for (const id of replays) assert.equal((await becomes(id, "completed")).delivered, 100);
});

it("a slow replay leaves its tenant's room to others after a second, and comes to its own end", async (context) => {
  const small = { perProcess: 8, perTenant: 1, perOrigin: 8 };
  const setting = await aReplaySetting(context, { events: numbered(3), app: { capacity: small } });
  const { receiver, replay, ask, becomes } = setting;
  const held: (() => void)[] = [];
  receiver.answer(({ headers }) =>
    headers["webhook-id"] === "e1" ? { write: (response) => void held.push(() => response.writeHead(200).end()) } : 200,
  );
  const { id } = (await replay()).body;
  await eventually("it holds the only room of the tenant", () => held.length === 1);
  await ask("POST /v1/events", { body: numbered(1, () => ({}), 4) });
  await eventually("the live event goes", () => idsAt(receiver).includes("e4"));
  for (const answer of held) answer();
  assert.equal((await becomes(id, "completed")).delivered, 3);
});

it("a replay that the receiver refuses does not keep live events from it, which it takes", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(60), endpoint: { retry_delays_ms: [600_000] } });
  const { receiver, replay, ask } = setting;
  const old = new Set(idsAt(receiver));
  receiver.answer(({ headers }) => (old.has(String(headers["webhook-id"])) ? 400 : 200));
  await replay();
  const opens = async () => (await ask(`GET /v1/endpoints/${setting.id}`)).body.health.state === "open";
  await eventually("the refused events open the breaker", opens);
  await ask("POST /v1/events", { body: numbered(1, () => ({}), 1000) });
  await eventually("the first probe is the live event", () => idsAt(receiver).includes("e1000"), 10_000);
  for (let number = 1001; number <= 1005; number++) {
    const before = performance.now();
    await ask("POST /v1/events", { body: numbered(1, () => ({}), number) });
    await eventually("it goes at once", () => idsAt(receiver).includes(`e${number}`));
    assert.ok(performance.now() - before < 1000, "the replay did not go on before");
  }
});

it("two replays at once take turns, also where one alone would take all the room", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(200), app: { capacity } });
  const { receiver, replay, ask, becomes } = setting;
  const { id: otherId } = (await ask("POST /v1/endpoints", { body: { url: `${receiver.url}/other` } })).body;
  const held: { path: string; answer: () => void }[] = [];
  receiver.answer(({ path }) => ({
    write: (response) => void held.push({ path, answer: () => response.writeHead(200).end() }),
  }));
  const first = (await replay()).body;
  await eventually("the first has all the room", () => held.length === 4);
  const second = (await ask(`POST /v1/endpoints/${otherId}/replay`)).body;
  for (const { answer } of held.splice(0)) answer();
  await eventually("the room is taken again", () => held.length === 4);
  const paths = new Set(held.map(({ path }) => path));
  assert.deepEqual([...paths].sort(), ["/", "/other"]);
  receiver.answer(200);
  for (const { answer } of held) answer();
  for (const { id } of [first, second]) assert.equal((await becomes(id, "completed")).delivered, 200);
});

it("a live event passes a replay of a hundred thousand events, and does not wait behind it", async (context) => {
  const total = 100_000;
  const app = await anApp({ shutdownGraceMs: 0 });
  const receiver = await startTestReceiver();
  context.after(async () => {
    await app.close();
    await receiver.close();
  });
  for (let batch = 0; batch < total / 1000; batch++)
    await publish(
      app,
      numbered(1000, () => ({}), batch * 1000),
    );
  const { number, id } = await app.registry.createEndpoint({ tenant: "default", url: receiver.url }, total);
  const range = { first: 1, last: total, types: [], only: "all", isDryRun: false } as const;
  const replay = await app.replays.create({ endpointNumber: number, endpointId: id, ...range });
  for (let round = 0; round < 20; round++) {
    await eventually("the replay sends", () => receiver.requests.length > round * 50);
    await publish(
      app,
      numbered(1, () => ({}), total + round),
    );
    const before = receiver.requests.length;
    const found = await eventually("the live event", () => {
      const index = idsAt(receiver, before).indexOf(`e${total + round}`);
      return index !== -1 && { passed: index };
    });
    assert.ok(found.passed <= 500, `${found.passed} replayed events were sent before it`);
  }
  const { position, status } = app.replays.require(replay.id);
  assert.equal(status, "running");
  assert.ok(position < total, "the replay was not over before");
  await app.replays.cancel(replay.id);
});
