/** A server that is to stop while its database says nothing: it does not wait for it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";
import { startServerProcess } from "./a-server-process.ts";

let database: PostgresServer;

before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

it("ends in order soon after its grace, though the network swallows everything", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-stop-"));
  const proxy = await aProxy(database);
  const receiver = await startTestReceiver();
  const url = proxy.through(await database.createDatabase("stopped"));
  const flags = ["--store", url, "--store-durability", "trusted", "--shutdown-grace", "100ms"];
  const server = await startServerProcess(folder, flags);
  context.after(async () => {
    await server.kill();
    await receiver.close();
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
  });
  await server.call("POST", "/v1/endpoints", { url: receiver.url });
  await server.call("POST", "/v1/events", { type: "stop.test", data: 1 });
  proxy.blackhole();
  const publishing = server.call("POST", "/v1/events", { type: "stop.test", data: 2 }).catch(() => {});
  // What asks by itself, as the outbox does, waits for an answer by then.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const beganMs = performance.now();
  assert.equal(await server.stop(), 0);
  const tookMs = performance.now() - beganMs;
  assert.ok(tookMs < 9000, `${tookMs} ms`);
  await publishing;
});
