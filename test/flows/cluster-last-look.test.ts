/** A client may change process between making something and using it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { aServerCluster, sharedMemory } from "./a-server-cluster.ts";

/** A process that is not told of what others configure, and looks by itself every five seconds. */
const deaf = (store: Store): Store => {
  const { pulse } = store;
  if (pulse === undefined) return store;
  return {
    ...store,
    pulse: { ...pulse, listen: (kind, heard) => kind !== "configuration" && pulse.listen(kind, heard) },
  };
};

it("what was made at one process is there at another, though that has not heard of it", async (context) => {
  const cluster = aServerCluster(context, { open: sharedMemory(systemClock()) });
  const [one, other] = [await cluster.start({ roles: ["api"] }), await cluster.start({ roles: ["api"] }, deaf)];
  const make = async (what: string, body: object) => (await one.ask(what, { body })).body;
  const key = await make("POST /v1/keys", { name: "a", scopes: ["read"] });
  assert.equal((await other.ask("GET /v1/events", { key: key.key })).status, 200);
  const made = await make("POST /v1/keys", { name: "b", scopes: ["read"] });
  assert.equal((await other.ask(`GET /v1/keys/${made.id}`)).status, 200);
  const endpoint = await make("POST /v1/endpoints", { url: "http://127.0.0.1:9/1" });
  assert.equal((await other.ask(`GET /v1/endpoints/${endpoint.id}`)).status, 200);
  const source = await make("POST /v1/sources", { name: "stripe", scheme: { unverified: true } });
  assert.equal((await other.ask(`GET /v1/sources/${source.id}`)).status, 200, JSON.stringify(source));
  await one.ask("PUT /v1/event-types/a.b", { body: {} });
  assert.equal((await other.ask("GET /v1/event-types/a.b")).status, 200);
});

it("what is nowhere is denied, and bad keys by the hundred ask the store little", async (context) => {
  const cluster = aServerCluster(context, { open: sharedMemory(systemClock()) });
  let looks = 0;
  const counted = (store: Store): Store => {
    const { changes } = store;
    assert.ok(changes);
    const since = changes.since.bind(changes);
    changes.since = (sequence) => {
      looks += 1;
      return since(sequence);
    };
    return store;
  };
  const server = await cluster.start({ roles: ["api"] }, counted);
  assert.equal((await server.ask("GET /v1/endpoints/ep_none")).body.code, "endpoint-not-found");
  looks = 0;
  const beganMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) => server.ask("GET /v1/events", { key: `trot_bad_${index}` })),
  );
  assert.ok(answers.every(({ status }) => status === 401));
  assert.ok(looks <= 3 + (performance.now() - beganMs) / 20, `${looks} looks`);
});
