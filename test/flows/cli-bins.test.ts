/** `trotline bins`. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { send } from "./a-bin.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { trotline, trotlineEnded } from "./cli-run.ts";

const runner = (context: TestContext, server: TestServer) => async (args: string) => {
  const { code, errors, lines } = await trotlineEnded(context, args.split(" "), { server });
  assert.deepEqual([code, errors], [0, ""], args);
  return lines();
};

it("a bin is made, changed, reset, listed, shown and deleted", async (context) => {
  const server = await aServer(context);
  const run = runner(context, server);
  const [made] = await run("bins create --tenant acme --answer 500,500,200 --cors --expires-in 1d");
  assert.deepEqual([made.tenant, made.cors], ["acme", true]);
  assert.deepEqual(
    made.answer.map(({ status }: { status: number }) => status),
    [500, 500, 200],
  );
  const [changed] = await run(`bins change ${made.id} --answer {"status":202,"delay_ms":1} --no-cors`);
  assert.deepEqual([changed.answer.length, changed.answer[0].delay_ms, changed.cors], [1, 1, false]);
  assert.deepEqual((await run(`bins change ${made.id} --answer none`))[0].answer, []);
  assert.equal((await run(`bins reset ${made.id}`))[0].id, made.id);
  assert.deepEqual(
    (await run("bins list --tenant acme")).map(({ id }) => id),
    [made.id],
  );
  assert.equal((await run(`bins show ${made.name}`))[0].requests, 0);
  assert.deepEqual(await run(`bins delete ${made.id}`), []);
  assert.deepEqual(await run("bins list"), []);
});

it("what came to a bin is listed, shown, and sent on", async (context) => {
  const server = await aServer(context);
  const run = runner(context, server);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const [{ id, name }] = await run("bins create");
  await send(`${server.url}/in/${name}/one`, { method: "PUT", body: "first" });
  await send(`${server.url}/in/${name}/two`, { method: "POST", body: "second" });
  const found = await run(`bins requests ${id}`);
  assert.deepEqual(
    found.map(({ path }) => path),
    ["/two", "/one"],
  );
  assert.equal((await run(`bins requests ${id} --method put --text FIRST`)).length, 1);
  assert.equal((await run(`bins request ${id} ${found[1].id}`))[0].body, "first");
  const [forwarded] = await run(`bins forward ${id} ${found[0].id} --to ${receiver.url}`);
  assert.deepEqual([forwarded.status, forwarded.error_class], [200, null]);
});

it("what comes to a bin is printed as it comes", async (context) => {
  const server = await aServer(context);
  const [{ id, name }] = await runner(context, server)("bins create");
  const run = trotline(context, ["bins", "requests", id, "--follow"], { server });
  await eventually("it waits", () => server.app.feed.waiting > 0);
  await send(`${server.url}/in/${name}/first`);
  await send(`${server.url}/in/${name}/second`);
  const lines = await eventually("both are printed", () => run.lines().length === 2 && run.lines());
  assert.deepEqual(
    lines.map(({ path }) => path),
    ["/first", "/second"],
  );
});

it("flags that make no sense are refused before anything is asked", async (context) => {
  const server = await aServer(context);
  for (const args of [
    "bins create --answer x",
    "bins change bin_x",
    "bins create --expires-in 31d",
    "bins forward a b",
  ]) {
    const { code, errors } = await trotlineEnded(context, args.split(" "), { server });
    assert.notEqual(code, 0, args);
    assert.notEqual(errors, "", args);
  }
});
