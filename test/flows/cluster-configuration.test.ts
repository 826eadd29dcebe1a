/** What is configured at one process is so at all of them, no change is lost, and whoever runs a lane follows. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { App } from "../../src/app.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import { StaleChangeError } from "../../src/log/configuration-changes.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { ChangeTurns } from "../../src/registry/change-turns.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aKey, anEndpoint, anEventType, withCode } from "../conformance/builders.ts";
import {
  aConfiguredCluster,
  onForgetfulMemory,
  onMemory,
  onPostgres,
  type SharedKind,
} from "./a-configured-cluster.ts";
import { anApp, publish } from "./an-app.ts";

const anUrl = (name: string | number): string => `http://127.0.0.1:9/${name}`;
const tenant = "default";
const admin = { name: "a", scopes: ["admin"], tenant: null, expiresAtMs: null } as const;
const aType = (name: string) => {
  const versions = [{ version: "1", description: "", schema: { type: "number" }, transforms: {} }];
  const { createdAtMs: _, updatedAtMs: __, ...input } = anEventType({ name, validate: "reject", versions });
  return input;
};

/** How the calls ended, in their order: `ok`, or the code of the refusal. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === "fulfilled" ? "ok" : (one.reason as TrotlineError).code));
}

function suite(kind: SharedKind): void {
  test("endpoints are made, changed and deleted everywhere", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    const { id, number } = await one.registry.createEndpoint({ tenant, url: anUrl("a"), types: ["x"] }, 0);
    await eventually("it is known", () => other.registry.endpointByNumber(number)?.id === id);
    assert.equal(other.registry.matching.concerned(tenant, "x").length, 1);
    await other.registry.changeEndpoint(id, { types: ["y"] });
    await eventually("it is changed", () => one.registry.matching.concerned(tenant, "y").length === 1);
    assert.deepEqual(one.registry.requireEndpoint(id), other.registry.requireEndpoint(id));
    await one.registry.deleteEndpoint(id);
    await eventually("it is gone", () => other.registry.endpoint(id) === undefined);
    assert.deepEqual(other.registry.listEndpoints({ limit: 9 }), { endpoints: [], more: false });
    await assert.rejects(other.registry.changeEndpoint(id, { types: [] }), withCode("endpoint-not-found"));
  });

  test("sources are made, renamed, paused and removed everywhere", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    const { id } = await one.sources.create({ tenant, name: "a", scheme: { unverified: true } });
    await eventually("it is known", () => other.sources.byName("a")?.id === id);
    await other.sources.change("a", { name: "b" });
    await eventually(
      "it is renamed",
      () => one.sources.byName("b")?.id === id && one.sources.byName("a") === undefined,
    );
    await one.sources.setStatus("b", "paused");
    await eventually("it is paused", () => other.sources.byName("b")?.status === "paused");
    await one.sources.remove("b");
    await eventually("it is gone", () => other.sources.byName("b") === undefined);
  });

  test("a key works everywhere when it was made, and nowhere when it was revoked or rotated", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    const ended: string[] = [];
    other.registry.keys.onTextEnded((id) => ended.push(id));
    const { record, text } = await one.registry.keys.create({ ...admin, scopes: ["publish"] }, null);
    await eventually("it works", () => other.registry.authenticate(text)?.id === record.id);
    const rotated = await other.registry.keys.rotate(record.id, 0, null);
    await eventually("the old text does not", () => one.registry.authenticate(text) === null);
    assert.equal(one.registry.authenticate(rotated.text)?.id, record.id);
    ended.length = 0;
    await one.registry.keys.revoke(record.id, null);
    await eventually("no text does", () => other.registry.authenticate(rotated.text) === null);
    assert.deepEqual(ended, [record.id], "those that it let in are told");
  });

  test("event types are put and removed everywhere, and their schemas hold there", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    await one.eventTypes.put(aType("x"));
    await eventually("it is known", () => other.eventTypes.get("x") !== undefined);
    await assert.rejects(publish(other, { type: "x", data: "no number" }), withCode("data-invalid"));
    await other.eventTypes.remove("x");
    await eventually("it is gone", () => one.eventTypes.get("x") === undefined);
    assert.deepEqual(one.eventTypes.values(), []);
  });

  test("what two processes change of one endpoint at once holds, each time", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    const { id } = await one.registry.createEndpoint({ tenant, url: anUrl("a") }, 0);
    await eventually("it is known", () => other.registry.endpoint(id) !== undefined);
    for (let round = 1; round <= 100; round++) {
      await Promise.all([
        one.registry.changeEndpoint(id, { description: `round ${round}` }),
        other.registry.changeEndpoint(id, { timeoutMs: 1000 + round }),
        round % 10 === 0 ? other.registry.setStatus(id, round % 20 === 0 ? "enabled" : "paused", null) : null,
      ]);
      const [stored] = (await one.store.registry.load()).endpoints;
      assert.deepEqual([stored?.description, stored?.timeoutMs], [`round ${round}`, 1000 + round]);
    }
    for (const app of [one, other]) {
      await eventually("all know", () => app.registry.endpoint(id)?.description === "round 100");
      await eventually("all know", () => app.registry.endpoint(id)?.timeoutMs === 1100);
      assert.equal(app.registry.endpoint(id)?.status, "enabled");
    }
  });

  test("what must be there once is made by one of those who make it at once", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    for (let round = 0; round < 5; round++) {
      const name = `s${round}`;
      const make = ({ sources }: App) => sources.create({ tenant, name, scheme: { unverified: true } });
      assert.deepEqual((await outcomes([make(one), make(other)])).sort(), ["ok", "source-exists"]);
    }
    const names = (await one.store.sources.load()).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["s0", "s1", "s2", "s3", "s4"]);
  });

  test("the last two keys that manage keys are not revoked at once", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    await one.registry.keys.create(admin, null);
    await eventually("both are known", () => other.registry.keys.count === 2);
    const [first, second] = one.registry.keys.list({ by: null, limit: 2 }).keys.map(({ id }) => id);
    assert.ok(first && second);
    const revoked = await outcomes([one.registry.keys.revoke(first, null), other.registry.keys.revoke(second, null)]);
    assert.deepEqual(revoked.sort(), ["key-last-admin", "ok"]);
    assert.equal((await one.store.registry.load()).keys.length, 1);
  });

  test("processes that start at once on an empty store make one first key, or let one chosen key in", async (context) => {
    const chosen = "trot_chosen";
    for (const adminKey of [null, chosen]) {
      const { start } = await aConfiguredCluster(context, kind);
      const apps = await Promise.all([start({ adminKey }), start({ adminKey }), start({ adminKey })]);
      const [stored] = (await (apps[0] as App).store.registry.load()).keys;
      const made = apps.flatMap(({ firstKey }) => firstKey ?? []);
      assert.equal(made.length, adminKey === null ? 1 : 0);
      for (const app of apps) {
        await eventually("all let it in", () => app.registry.authenticate(made[0] ?? chosen) !== null);
        assert.deepEqual([app.registry.keys.count, app.registry.authenticate(made[0] ?? chosen)?.id], [1, stored?.id]);
      }
    }
  });

  test("an event type is not removed while another process makes an endpoint that wants it", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const [one, other] = [await start(), await start()];
    for (let round = 0; round < 5; round++) {
      const name = `x${round}`;
      await one.eventTypes.put(aType(name));
      await eventually("it is known", () => other.eventTypes.get(name) !== undefined);
      const pinned = { tenant, url: anUrl("a"), types: [name], versions: { [name]: "1" } };
      const ended = await outcomes([one.eventTypes.remove(name), other.registry.createEndpoint(pinned, 0)]);
      assert.equal(ended.filter((outcome) => outcome === "ok").length, 1, ended.join());
      for (const { id } of other.registry.listEndpoints({ limit: 1 }).endpoints)
        await other.registry.deleteEndpoint(id);
    }
  });

  test("secrets whose time is over are forgotten once for all", async (context) => {
    const { start } = await aConfiguredCluster(context, kind);
    const apps = [await start(), await start(), await start()];
    const [one] = apps as [App];
    const { id } = await one.registry.createEndpoint({ tenant, url: anUrl("a") }, 0);
    const before = await (one.store.changes?.head() ?? 0);
    await one.registry.rotation.rotate(id, { graceMs: 400 });
    for (const app of apps) {
      await eventually("it retires", () => app.registry.endpoint(id)?.retiringSecrets.length === 1);
    }
    for (const app of apps) {
      await eventually("it is gone", () => app.registry.endpoint(id)?.retiringSecrets.length === 0);
    }
    await delay(100);
    assert.equal(await one.store.changes?.head(), before + 2, "one rotation, and one that forgets");
  });
}

for (const kind of [onMemory, onPostgres]) describe(`processes on ${kind.name}`, () => suite(kind));

describe("processes on memory that forgets what changed", () => suite(onForgetfulMemory));

test("limits hold for all processes together", async (context) => {
  const clock = systemClock();
  const shared = new MemoryData({ clock, shards: 4 });
  for (let made = 1; made < limits.endpointsPerTenant; made++) {
    shared.endpoints.set(made, { ...anEndpoint(), tenant, id: `ep_${made}`, number: made, types: ["none"] });
  }
  shared.endpointsMade = limits.endpointsPerTenant - 1;
  for (let made = 1; made < limits.keysPerTenant; made++) {
    shared.keys.set(`key_${made}`, { ...aKey(), id: `key_${made}`, hash: String(made), tenant });
  }
  for (let made = 1; made < limits.eventTypes; made++)
    shared.eventTypes.set(`t${made}`, anEventType({ name: `t${made}` }));
  const start = async (): Promise<App> => {
    const app = await anApp({ roles: ["api"], machine: { clock, store: openMemoryStore({ clock, shared }) } });
    context.after(() => app.close());
    return app;
  };
  const apps = [await start(), await start(), await start()];
  const once = async (code: string, make: (app: App, index: number) => Promise<unknown>): Promise<void> => {
    assert.deepEqual((await outcomes(apps.map(make))).sort(), [code, code, "ok"].sort());
  };
  await once("endpoint-limit", ({ registry }) => registry.createEndpoint({ tenant, url: anUrl("a") }, 0));
  await once("key-limit", ({ registry }) => registry.keys.create({ ...admin, tenant }, null));
  await once("event-type-limit", ({ eventTypes }, index) => eventTypes.put(aType(`last${index}`)));
});

test("a change that others always come before is given up: change-contended", async () => {
  let refreshes = 0;
  const turns = new ChangeTurns({
    builtOn: (kinds) => ({ through: refreshes, kinds }),
    refresh: async () => {
      refreshes += 1;
    },
  });
  const seen: (number | undefined)[] = [];
  const change = turns.change(async (known) => {
    seen.push(known()?.through);
    throw new StaleChangeError();
  });
  await assert.rejects(change, withCode("change-contended"));
  assert.deepEqual(seen.slice(0, 3), [0, 1, 2], "each time on what is known then");
  assert.equal(await turns.change(async () => "next"), "next");
  const broken = turns.change(() => Promise.reject(new TrotlineError("store-unavailable", "away")));
  await assert.rejects(broken, withCode("store-unavailable"));
});
