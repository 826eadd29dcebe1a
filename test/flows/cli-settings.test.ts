/** The commands about endpoints, consumers, attempts and replays. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { noTerminal, onTerminal, trotline, trotlineEnded } from "./cli-run.ts";

type Context = Parameters<typeof aServer>[0];

/** Runs commands against one server, each of which is to end well. */
function commandsOf(context: Context, server: TestServer) {
  return async (...args: string[]) => {
    const { code, errors, lines } = await trotlineEnded(context, args, { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    return lines();
  };
}

it("an endpoint is made, shown, changed, paused, resumed, moved and deleted", async (context) => {
  const server = await aServer(context);
  const run = commandsOf(context, server);
  const settings = ["--types", "order.*", "--types", "a,b", "--header", "X-A: b: c", "--header", "X-D:e"];
  const more = [
    "--timeout-ms",
    "5000",
    "--retry-delays-ms",
    "10,20",
    "--max-in-flight",
    "2",
    "--disable-after-ms",
    "none",
  ];
  const [made] = await run("endpoints", "create", "https://example.com/a", ...settings, ...more, "--description", "x");
  assert.match(made.secrets[0], /^whsec_/);
  assert.deepEqual(
    [made.types, made.headers, made.timeout_ms, made.retry_delays_ms, made.max_in_flight, made.disable_after_ms],
    [["order.*", "a", "b"], { "X-A": "b: c", "X-D": "e" }, 5000, [10, 20], 2, null],
  );
  assert.equal((await run("endpoints", "get", made.id))[0].url, "https://example.com/a");
  const [changed] = await run("endpoints", "update", made.id, "--address", "https://example.com/b", "--types", "");
  assert.deepEqual([changed.url, changed.types, changed.description], ["https://example.com/b", [], "x"]);
  assert.equal((await run("endpoints", "pause", made.id))[0].status, "paused");
  await server.ask("POST /v1/events", { body: anEvent() });
  await run("seek", made.id, "earliest");
  assert.equal((await run("endpoints", "get", made.id))[0].lag, 1);
  assert.equal((await run("endpoints", "resume", made.id, "--latest"))[0].lag, 0);
  assert.deepEqual(await run("endpoints", "delete", made.id), []);
  assert.deepEqual(await run("endpoints", "list"), []);
});

it("lists go through all pages, and say where --limit cut them", async (context) => {
  const server = await aServer(context);
  const made: string[] = [];
  for (let number = 0; number < 120; number++) {
    const tenant = number === 7 ? "acme" : "default";
    const { body } = await server.ask("POST /v1/endpoints", { body: { url: "https://example.com/", tenant } });
    made.push(body.id);
  }
  const run = commandsOf(context, server);
  assert.deepEqual(
    (await run("endpoints", "list")).map(({ id }) => id),
    made.toSorted(),
  );
  assert.deepEqual(
    (await run("endpoints", "list", "--tenant", "acme")).map(({ id }) => id),
    [made[7]],
  );
  const cut = await trotlineEnded(context, ["endpoints", "list", "--limit", "101"], { server });
  assert.deepEqual([cut.code, cut.lines().length], [0, 101]);
  assert.equal(cut.errors, "trotline: These are the first 101; --limit takes more.\n");
});

it("attempts are listed, newest first, by endpoint, event and outcome", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const endpoint = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  await server.ask("POST /v1/events", { body: [anEvent({ id: "a" }), anEvent({ id: "b" })] });
  const run = commandsOf(context, server);
  const all = await eventually("both are delivered", async () => {
    const attempts = await run("attempts", "list", "--status", "delivered");
    return attempts.length === 2 && attempts;
  });
  assert.deepEqual(all.map(({ event_id }) => event_id).toSorted(), ["a", "b"]);
  assert.equal((await run("attempts", "list", "--endpoint", endpoint.id, "--event", "a")).length, 1);
  assert.deepEqual(await run("attempts", "list", "--status", "failed"), []);
  assert.deepEqual(await run("attempts", "list", "--until", "2020-01-01T00:00:00Z"), []);
  const wrong = await trotlineEnded(context, ["attempts", "list", "--since", "yesterday"], { server });
  assert.equal(wrong.code, 1);
  assert.match(wrong.errors, /\n {2}invalid-query \(since\): /);
});

it("consumers are listed, shown, moved and deleted, each tenant's apart", async (context) => {
  const server = await aServer(context);
  await server.ask("POST /v1/events", { body: [anEvent({ id: "a" }), anEvent({ id: "b" })] });
  await server.ask("PUT /v1/consumers/billing", { body: { types: ["order.*"] } });
  await server.ask("PUT /v1/consumers/billing?tenant=acme", { body: {} });
  const run = commandsOf(context, server);
  assert.deepEqual(
    (await run("consumers", "list")).map(({ name, tenant }) => [name, tenant]),
    [["billing", "default"]],
  );
  assert.equal((await run("consumers", "get", "billing"))[0].lag_events, 0);
  assert.equal((await run("consumers", "seek", "billing", "earliest"))[0].lag_events, 2);
  assert.equal((await run("consumers", "seek", "billing", "a"))[0].lag_events, 1);
  const [counted] = await run("consumers", "seek", "billing", "earliest", "--dry-run");
  assert.deepEqual([counted.again_events, counted.passed_events], [1, 0]);
  assert.equal((await run("consumers", "get", "billing"))[0].lag_events, 1);
  assert.deepEqual(await run("consumers", "delete", "billing", "--tenant", "acme"), []);
  assert.deepEqual(await run("consumers", "list", "--tenant", "acme"), []);
  const gone = await trotlineEnded(context, ["consumers", "get", "gone"], { server });
  assert.equal(gone.code, 1);
  assert.match(gone.errors, /\n {2}consumer-not-found: /);
});

it("a replay is counted, watched to its end, listed and shown", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  await server.ask("POST /v1/events", { body: [anEvent({ id: "a" }), anEvent({ id: "b" }), anEvent({ id: "c" })] });
  const endpoint = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  const run = commandsOf(context, server);
  const [counted] = await run("replay", endpoint.id, "--from", "a", "--dry-run");
  assert.deepEqual([counted.status, counted.matched, counted.dry_run], ["counted", 2, true]);
  const [replay] = await run("replay", endpoint.id, "--to", "b", "--types", "order.*", "--only", "all");
  assert.deepEqual([replay.status, replay.matched, replay.delivered], ["completed", 2, 2]);
  assert.deepEqual(
    (await run("replays", "list", "--endpoint", endpoint.id)).map(({ id }) => id).toSorted(),
    [counted.id, replay.id].toSorted(),
  );
  assert.equal((await run("replays", "get", replay.id))[0].status, "completed");
  const ended = await trotlineEnded(context, ["replays", "cancel", replay.id], { server });
  assert.equal(ended.code, 1);
  assert.match(ended.errors, /\n {2}replay-ended: /);
});

it("a replay that cannot go on says what it waits for", async (context) => {
  const server = await aServer(context);
  const body = { url: "http://127.0.0.1:9/" };
  await server.ask("POST /v1/events", { body: anEvent() });
  const endpoint = (await server.ask("POST /v1/endpoints", { body })).body;
  await server.ask(`POST /v1/endpoints/${endpoint.id}/pause`);
  const watching = trotline(context, ["replay", endpoint.id], { server });
  await eventually("it says so", () => /waits: the endpoint is paused\./.test(watching.errors()), 15_000);
  watching.process.kill("SIGINT");
  assert.equal(await watching.ended, 130);
});

it("SIGINT leaves a replay running, and says how to end it; pause, resume and cancel do", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer({ write: () => {} }); // It never answers.
  const ids = Array.from({ length: 50 }, (_, number) => anEvent({ id: `e${number}` }));
  await server.ask("POST /v1/events", { body: ids });
  const endpoint = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  const watching = trotline(context, ["replay", endpoint.id], { server });
  const replayId = await eventually(`it runs: ${watching.errors()}`, async () => {
    const { data } = (await server.ask("GET /v1/replays")).body;
    return data[0]?.status === "running" && data[0].id;
  });
  await eventually("it has sent something", () => receiver.requests.length > 0);
  watching.process.kill("SIGINT");
  assert.equal(await watching.ended, 130);
  assert.match(watching.errors(), new RegExp(`^trotline: ${replayId} goes on .*trotline replays cancel ${replayId}`));
  const run = commandsOf(context, server);
  for (const [action, status] of [
    ["pause", "paused"],
    ["resume", "running"],
    ["cancel", "cancelled"],
  ] as const) {
    assert.equal((await run("replays", action, replayId))[0].status, status);
  }
});

it("on a terminal, a replay's progress is shown until it has ended", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer({ write: (response) => void setTimeout(() => response.writeHead(200).end(), 300) });
  await server.ask("POST /v1/events", { body: [anEvent({ id: "a" }), anEvent({ id: "b" })] });
  const endpoint = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  const run = onTerminal(context, ["replay", endpoint.id], { server });
  assert.equal(await run.ended, 0);
  assert.match(run.output(), /rpl_\w+: (counting|\d of 2 sent)/);
  assert.match(run.output(), /^status +completed\r$/m);
});

it("--detach answers without waiting", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer({ write: () => {} }); // It never answers.
  await server.ask("POST /v1/events", { body: anEvent() });
  const endpoint = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  const [replay] = await commandsOf(context, server)("replay", endpoint.id, "--detach");
  assert.equal(replay.status, "running");
});

it("a single thing is shown on a terminal as names and values", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  const { body } = await server.ask("POST /v1/endpoints", { body: { url: "https://example.com/", types: ["a"] } });
  const shown = onTerminal(context, ["endpoints", "get", body.id], { server });
  assert.equal(await shown.ended, 0);
  assert.match(shown.output(), new RegExp(`^id +${body.id}\r\n`));
  assert.match(shown.output(), /^types +\["a"\]\r\n/m);
  const deleted = onTerminal(context, ["endpoints", "delete", body.id], { server });
  assert.equal(await deleted.ended, 0);
  assert.equal(deleted.output(), `Deleted ${body.id}.\r\n`);
  const none = onTerminal(context, ["endpoints", "list"], { server });
  assert.equal(await none.ended, 0);
  assert.equal(none.output(), "trotline: There are none.\r\n");
});
