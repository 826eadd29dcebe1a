/** Sessions and links where several processes share a store: none of them counts for more than another. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent } from "./a-server.ts";
import { aServerCluster, runsAll, sharedMemory } from "./a-server-cluster.ts";

/** A process that is not told of what others configure, and looks by itself every five seconds. */
const deaf = (store: Store): Store => {
  const { pulse } = store;
  if (pulse === undefined) return store;
  return {
    ...store,
    pulse: { ...pulse, listen: (kind, heard) => kind !== "configuration" && pulse.listen(kind, heard) },
  };
};

it("a key that one process made a moment ago signs in at another, and a session goes on at each", async (context) => {
  const cluster = aServerCluster(context, { open: sharedMemory(systemClock()) });
  const [one, other] = [await cluster.start({ roles: ["api"] }), await cluster.start({ roles: ["api"] }, deaf)];
  const make = async () => (await one.ask("POST /v1/keys", { body: { name: "a", scopes: ["admin"] } })).body;
  const first = await make();
  assert.equal((await other.ask("POST /v1/session", { key: null, body: { key: first.key } })).status, 200);
  const second = await make();
  const headers = { cookie: `trotline_session=${second.key}` };
  assert.equal((await other.ask("GET /v1/session", { key: null, headers })).body.signed_in, true);
});

it("a link to the portal does at each process what it does where the endpoint runs, and no more", async (context) => {
  const cluster = aServerCluster(context, { open: sharedMemory(systemClock()) });
  const api = await cluster.start({ roles: ["api"] });
  const made = async (what: string, body: object) => (await api.ask(what, { body })).body;
  const { token } = await made("POST /v1/portal-links", { tenant: "acme" });
  const [own, foreign] = await Promise.all(
    ["acme", "globex"].map(async (tenant) => {
      return (await made("POST /v1/endpoints", { tenant, url: "http://127.0.0.1:9/" })).id;
    }),
  );
  const holder = await cluster.start();
  await runsAll(holder);
  await eventually(
    "it has heard of the link",
    async () => (await holder.ask("GET /v1/endpoints", { key: token })).status === 200,
  );
  await made("POST /v1/events", { ...anEvent({ id: "e1", tenant: "acme" }) });
  const retry = (id: string) => api.ask(`POST /v1/endpoints/${id}/deliveries/e1/retry`, { key: token });
  const retried = await retry(own);
  assert.deepEqual([retried.status, retried.body.trigger], [200, "manual"], retried.text);
  assert.equal((await retry(foreign)).status, 404);
  const sought = await api.ask(`POST /v1/endpoints/${own}/seek`, { key: token, body: { to: "latest" } });
  assert.deepEqual([sought.status, sought.body.code], [403, "forbidden"]);
});
