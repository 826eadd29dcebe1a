/** Processes that share a store and have not all of its roles. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import type { ProcessRole } from "../../src/core/shard.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { withCode } from "../conformance/builders.ts";
import { anEvent, aServer } from "./a-server.ts";
import { anApp } from "./an-app.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

const adminKey = "a-key-of-the-operator-of-all";

/** Starts servers on one store. */
function aCluster(context: TestContext) {
  const clock = systemClock();
  const shared = new MemoryData({ clock, shards: 4 });
  return (roles: readonly ProcessRole[], options: Partial<AppOptions> = {}) => {
    const store = openMemoryStore({ clock, shared });
    return aServer(context, { app: { roles, adminKey, ...options, machine: { clock, store } } });
  };
}

it("an address of a role that the process has not is role-elsewhere, whatever the method and the key", async (context) => {
  const start = aCluster(context);
  const { ask: ofDeliver } = await start(["deliver"]);
  const paths = [
    "GET /v1/events",
    "POST /v1/events",
    "GET /v1/cluster",
    "GET /.well-known/jwks.json",
    "PUT /v1/events",
  ];
  for (const what of [...paths, "POST /in/github", "GET /in/github/more", "DELETE /in/github"]) {
    const body = what.startsWith("P") ? anEvent() : undefined;
    const answer = await ofDeliver(what, { key: null, body });
    assert.equal(answer.status, 404, what);
    assert.equal(answer.body.code, "role-elsewhere", what);
  }
  const { detail } = (await ofDeliver("GET /v1/events")).body;
  assert.equal(detail, "This process has the roles deliver, and not `api`, which answers here.");
  assert.equal((await ofDeliver("GET /nothing")).body.code, "route-not-found");

  const { ask: ofReceive } = await start(["receive"]);
  assert.equal((await ofReceive("POST /in/nobody", { raw: "{}" })).body.code, "route-not-found");
  assert.equal((await ofReceive("POST /v1/events", { body: anEvent() })).body.code, "role-elsewhere");

  const { ask: ofApi } = await start(["api"]);
  assert.equal((await ofApi("POST /v1/events", { body: anEvent() })).status, 201);
  assert.equal((await ofApi("POST /in/nobody", { raw: "{}" })).body.code, "role-elsewhere");
});

it("probes, metrics and the whole document are everywhere", async (context) => {
  const start = aCluster(context);
  const documents = new Set<string>();
  for (const role of ["api", "deliver", "receive"] as const) {
    const { ask } = await start([role]);
    assert.equal((await ask("GET /healthz", { key: null })).status, 200);
    assert.equal((await ask("GET /readyz", { key: null })).status, 200);
    assert.equal((await ask("GET /metrics")).status, 200);
    documents.add((await ask("GET /openapi.json")).text);
  }
  assert.equal(documents.size, 1);
  const [document = ""] = documents;
  assert.ok(Object.keys(JSON.parse(document).paths).includes("/in/{source}"));
});

it("a process that does not deliver leaves all of it to those that do", async (context) => {
  const start = aCluster(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const { ask, app: front } = await start(["api", "receive"]);
  const made = await ask("POST /v1/endpoints", { body: { url: receiver.url } });
  assert.equal(made.status, 201);
  await ask("POST /v1/events", { body: anEvent({ id: "before" }) });
  const { app: worker } = await start(["deliver"]);
  await eventually("the worker runs all", () => worker.shards.values().every(({ state }) => state === "running"));
  assert.deepEqual(front.shards.values(), []);
  await ask("POST /v1/events", { body: anEvent({ id: "after" }) });
  await eventually("both came", () => receiver.requests.length === 2);
  assert.deepEqual(receiver.requests.map(({ headers }) => headers["webhook-id"]).sort(), ["after", "before"]);
});

it("where one process owns the store, a process that is not to do all of it does not start", async (context) => {
  await assert.rejects(anApp({ roles: ["api"] }), withCode("config-invalid-value"));
  const folder = aFolder();
  const args = ["serve", "--data", `${folder}/data`, "--port", "0"];
  const refused = await trotlineEnded(context, [...args, "--roles", "receive,api"]);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /`roles` leaves out `deliver`, and nobody else can do that/);
  const misspelt = await trotlineEnded(context, [...args, "--roles", "api,delivr"]);
  assert.match(misspelt.errors, /not `delivr`\. Did you mean `deliver`\?/);
});
