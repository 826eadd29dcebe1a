/** What becomes of a request whose source is changed while its body is still coming. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { it } from "node:test";
import type { App } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer } from "./a-server.ts";
import { aSource, deliver, githubHeaders, sourceSecret } from "./a-source.ts";

const body = '{"a":1}';

/** The status of a genuine request in the middle of whose body `change` is made. */
async function statusOf(
  context: Parameters<typeof aServer>[0],
  change: (app: App) => Promise<unknown>,
): Promise<{ status: number; url: string; app: App }> {
  const { app, url } = await aServer(context);
  await aSource(app);
  const headers = { host: "a", connection: "close", "content-length": String(body.length), ...githubHeaders({ body }) };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString();
  });
  socket.write(`POST /in/gh HTTP/1.1\r\n${head.join("")}\r\n${body.slice(0, 3)}`);
  await eventually("it is being received", () => app.receiving.inFlight.bytes === 3);
  await change(app);
  socket.write(body.slice(3));
  await new Promise((resolve) => socket.on("close", resolve));
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), url: `${url}/in/gh`, app };
}

const eventsOf = async (app: App) =>
  (await app.store.events.read({ after: 0, limit: 10, bytesMax: 1e6, tenant: "default" })).events.length;

it("a secret that was taken away while a body came verifies it no more", async (context) => {
  const { status, url, app } = await statusOf(context, (app) => app.sources.change("gh", {}, { value: "another one" }));
  assert.deepEqual([status, await eventsOf(app)], [401, 0]);
  assert.equal((await deliver(url, { secret: "another one" })).status, 200);
});

it("a source that was deleted while a body came makes no event of it, nor does another of its name", async (context) => {
  const deleted = await statusOf(context, (app) => app.sources.remove("gh"));
  assert.deepEqual([deleted.status, await eventsOf(deleted.app)], [404, 0]);
  const another = await statusOf(context, async (app) => {
    await app.sources.remove("gh");
    await aSource(app);
  });
  assert.deepEqual([another.status, await eventsOf(another.app)], [404, 0]);
});

it("a source that was paused while a body came has it sent again later", async (context) => {
  const { status, app } = await statusOf(context, (app) => app.sources.setStatus("gh", "paused"));
  assert.deepEqual([status, await eventsOf(app)], [503, 0]);
});

it("a source that takes less by the time that a body has come refuses it", async (context) => {
  for (const [change, expected] of [
    [{ allowAddresses: ["192.0.2.1"] }, 403],
    [{ bodyBytesMax: body.length - 1 }, 413],
    [{ methods: ["PUT"] }, 405],
  ] as const) {
    const { status, app } = await statusOf(context, (app) => app.sources.change("gh", change));
    assert.deepEqual([status, await eventsOf(app)], [expected, 0]);
  }
});

it("a source that was given another secret besides takes what was signed with the one before", async (context) => {
  const { status, app } = await statusOf(context, (app) =>
    app.sources.addSecret("gh", { value: `${sourceSecret}, too` }, { expiresAtMs: null, graceMs: null }),
  );
  assert.deepEqual([status, await eventsOf(app)], [200, 1]);
});
