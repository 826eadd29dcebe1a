/** `trotline consume`: a command for each event, acknowledged when it ends well. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { aFolder, type Run, trotline, trotlineEnded } from "./cli-run.ts";

async function publish(server: TestServer, ids: readonly string[], members: object = {}): Promise<void> {
  const body = ids.map((id) => anEvent({ id, ...members }));
  assert.equal((await server.ask("POST /v1/events", { body })).status, 201);
}

/** A file into which commands write, and what it holds. */
async function aNotebook() {
  const path = join(aFolder(), "notes");
  const text = () => readFile(path, "utf8").catch(() => "");
  const lines = async () => (await text()).split("\n").slice(0, -1);
  return { path, text, lines };
}

/** Before the server stops, which would wait for a reader that waits for events. */
async function interrupt(run: Run): Promise<void> {
  run.process.kill("SIGINT");
  assert.equal(await run.ended, 130);
}

const consumer = async (server: TestServer) => (await server.ask("GET /v1/consumers/work")).body;
const lagOf = async (server: TestServer): Promise<number> => (await consumer(server)).lag_events;

it("the command gets the event's JSON, byte for byte, and its members in the environment", async (context) => {
  const server = await aServer(context);
  const notebook = await aNotebook();
  const data = '{ "n": 12345678901234567890, "2": 1.10 }';
  const raw = `{"id":"e","type":"a.b","subject":"it's \\"that\\" $HOME","tenant":"acme","data":${data}}`;
  await server.ask("POST /v1/events", { raw });
  const exec = `{ echo "$TROTLINE_EVENT_ID|$TROTLINE_EVENT_TYPE|$TROTLINE_EVENT_SUBJECT|$TROTLINE_EVENT_TENANT"
    echo "$TROTLINE_EVENT_CURSOR"; cat; } > '${notebook.path}'`;
  const args = ["consume", "work", "--from", "earliest", "--tenant", "acme", "--exec", exec];
  const run = trotline(context, args, { server });
  await eventually(`it ran: ${run.errors()}`, async () => (await notebook.lines()).length === 3);
  const [members, cursor, json = ""] = await notebook.lines();
  assert.equal(members, `e|a.b|it's "that" $HOME|acme`);
  assert.ok(json.includes(`"data":${data}`), json);
  assert.equal(JSON.parse(json).cursor, cursor);
  await interrupt(run);
});

it("events are acknowledged in order as commands end well, and a second start goes on behind them", async (context) => {
  const server = await aServer(context);
  const notebook = await aNotebook();
  const exec = `cat > /dev/null; echo $TROTLINE_EVENT_ID >> '${notebook.path}'`;
  await publish(server, ["old"]);
  await server.ask("PUT /v1/consumers/work", { body: {} });
  await publish(server, ["a", "b"]);
  for (const expected of [
    ["a", "b"],
    ["a", "b", "c"],
  ]) {
    if (expected.includes("c")) await publish(server, ["c"]);
    const run = trotline(context, ["consume", "work", "--exec", exec], { server });
    await eventually(`all ran: ${run.errors()}`, async () => (await notebook.lines()).length === expected.length);
    await eventually("all is acknowledged", async () => (await lagOf(server)) === 0);
    run.process.kill("SIGTERM");
    assert.equal(await run.ended, 143);
    assert.deepEqual(await notebook.lines(), expected);
    assert.equal((await consumer(server)).leased_until, null);
  }
});

it("types and filter choose, and --concurrency runs several at once", async (context) => {
  const server = await aServer(context);
  const notebook = await aNotebook();
  await publish(server, ["a", "b", "c"], { data: { total: 5 } });
  await publish(server, ["small"], { data: { total: 1 } });
  await publish(server, ["other"], { type: "user.made", data: { total: 5 } });
  // Each waits until all three have begun.
  const exec = `echo $TROTLINE_EVENT_ID >> '${notebook.path}'
    until [ $(wc -l < '${notebook.path}') -ge 3 ]; do sleep 0.02; done`;
  const choice = ["--types", "order.*", "--filter", "data.total > 1", "--from", "earliest", "--concurrency", "3"];
  const run = trotline(context, ["consume", "work", "--exec", exec, ...choice], { server });
  await eventually(`all is acknowledged: ${run.errors()}`, async () => (await lagOf(server)) === 0);
  assert.deepEqual((await notebook.lines()).toSorted(), ["a", "b", "c"]);
  const { types, filter } = await consumer(server);
  assert.deepEqual([types, filter], [["order.*"], "data.total > 1"]);
  await interrupt(run);
});

it("many commands at once are no reason for a warning", async (context) => {
  const server = await aServer(context);
  const notebook = await aNotebook();
  const ids = Array.from({ length: 20 }, (_, number) => `e${number}`);
  await publish(server, ids);
  const exec = `echo . >> '${notebook.path}'; until [ $(wc -l < '${notebook.path}') -ge 20 ]; do sleep 0.05; done`;
  const args = ["consume", "work", "--from", "earliest", "--concurrency", "20", "--exec", exec];
  const run = trotline(context, args, { server });
  await eventually(`all is acknowledged: ${run.errors()}`, async () => (await lagOf(server)) === 0);
  assert.equal(run.errors(), "");
  await interrupt(run);
});

it("a command that fails is run again until it ends well", async (context) => {
  const server = await aServer(context);
  const notebook = await aNotebook();
  await publish(server, ["a", "b"]);
  const exec = `echo $TROTLINE_EVENT_ID >> '${notebook.path}'; [ $(wc -l < '${notebook.path}') -ge 2 ] || exit 3`;
  const run = trotline(context, ["consume", "work", "--from", "earliest", "--exec", exec], { server });
  await eventually(`all is acknowledged: ${run.errors()}`, async () => (await lagOf(server)) === 0);
  assert.deepEqual(await notebook.lines(), ["a", "a", "b"]);
  assert.equal(run.errors(), "trotline: The command failed for a, run 1: exit code 3. It is run again.\n");
  await interrupt(run);
});

it("when the retries are used up it stops with the exit code 1, and the event is not acknowledged", async (context) => {
  const server = await aServer(context);
  await publish(server, ["a", "bad", "c"]);
  const exec = '[ "$TROTLINE_EVENT_ID" != bad ] || kill -9 $$';
  const args = ["consume", "work", "--from", "earliest", "--exec", exec, "--retries", "1"];
  const { code, errors } = await trotlineEnded(context, args, { server });
  assert.equal(code, 1);
  assert.match(errors, /run 1: ended by SIGKILL\. It is run again\.\n/);
  assert.match(
    errors,
    /run 2: ended by SIGKILL\.\ntrotline: Stopped at bad, which is not acknowledged\.\n {2}.*--skip-failed/,
  );
  const { lag_events, leased_until } = await consumer(server);
  assert.deepEqual([lag_events, leased_until], [2, null]);
});

it("with --skip-failed it goes on with the next event", async (context) => {
  const server = await aServer(context);
  const notebook = await aNotebook();
  await publish(server, ["bad", "c"]);
  const exec = `[ "$TROTLINE_EVENT_ID" != bad ] && echo $TROTLINE_EVENT_ID > '${notebook.path}'`;
  const args = ["consume", "work", "--from", "earliest", "--exec", exec, "--retries", "0", "--skip-failed"];
  const run = trotline(context, args, { server });
  await eventually(`all is acknowledged: ${run.errors()}`, async () => (await lagOf(server)) === 0);
  assert.deepEqual(await notebook.lines(), ["c"]);
  assert.equal(run.errors(), "trotline: The command failed for bad, run 1: exit code 1. The event is skipped.\n");
  await interrupt(run);
});

it("SIGINT ends the running command with all that it started; its event is not acknowledged, the lease released", async (context) => {
  const server = await aServer(context);
  await publish(server, ["a"]);
  const exec = "sleep 30 & echo running; wait";
  const run = trotline(context, ["consume", "work", "--from", "earliest", "--exec", exec], { server });
  await eventually(`the command runs: ${run.errors()}`, () => run.output() === "running\n");
  const startMs = performance.now();
  run.process.kill("SIGINT");
  // The command and what it started have the output, too: it is at its end when all of them are.
  assert.equal(await run.ended, 130);
  assert.ok(performance.now() - startMs < 4000);
  assert.equal(run.errors(), "");
  const { lag_events, leased_until } = await consumer(server);
  assert.deepEqual([lag_events, leased_until], [1, null]);
});

it("a second SIGINT kills a command that does not listen", async (context) => {
  const server = await aServer(context);
  await publish(server, ["a"]);
  const exec = "trap '' TERM; echo running; sleep 30; sleep 30";
  const run = trotline(context, ["consume", "work", "--from", "earliest", "--exec", exec], { server });
  await eventually(`the command runs: ${run.errors()}`, () => run.output() === "running\n");
  run.process.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 300)); // Two signals at once are one.
  assert.equal(run.process.exitCode, null);
  const startMs = performance.now();
  run.process.kill("SIGINT");
  assert.equal(await run.ended, 130);
  assert.ok(performance.now() - startMs < 3000);
});

it("a command that does not read its input is no failure", async (context) => {
  const server = await aServer(context);
  await publish(server, ["a"], { data: "x".repeat(200_000) });
  const run = trotline(context, ["consume", "work", "--from", "earliest", "--exec", "true"], { server });
  await eventually(`it is acknowledged: ${run.errors()}`, async () => (await lagOf(server)) === 0);
  assert.equal(run.errors(), "");
  await interrupt(run);
});

it("a consumer is made with the lease that is asked for", async (context) => {
  const server = await aServer(context);
  const run = trotline(context, ["consume", "work", "--lease", "2s", "--exec", "true"], { server });
  const leaseMs = await eventually("it is made", async () => (await consumer(server))?.lease_ms);
  assert.equal(leaseMs, 2000);
  await interrupt(run);
  const refused = await trotlineEnded(context, ["consume", "work", "--lease", "1ms", "--exec", "true"], { server });
  assert.equal(refused.code, 2);
  assert.match(refused.errors, /--lease takes a duration/);
});

it("while another reads under the name it waits, and says so", async (context) => {
  const server = await aServer(context);
  await server.ask("PUT /v1/consumers/work", { body: { lease_ms: 60_000 } });
  const { body } = await server.ask("GET /v1/consumers/work/events");
  await publish(server, ["a"]);
  const run = trotline(context, ["consume", "work", "--exec", "true"], { server });
  await eventually("it waits", () => /Trying again\.\n$/.test(run.errors()));
  await server.ask("POST /v1/consumers/work/release", { body: { lease: body.lease } });
  await interrupt(run);
});
