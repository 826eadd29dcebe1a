/** Processes that configure one database together, whose connections are cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { App } from "../../src/app.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { withCode } from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { silent } from "../conformance/store-kinds.ts";
import { anApp } from "../flows/an-app.ts";
import { rawSql } from "../postgres/a-configuring-process.ts";

const tenant = "default";
const anUrl = (name: string): string => `http://127.0.0.1:9/${name}`;

test("what was answered holds, and all know the same, however often the connections are cut", async (context) => {
  const url = await aDatabase();
  const sql = rawSql(url);
  const clock = systemClock();
  const start = async (): Promise<App> => {
    const store = await openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
    const app = await anApp({ machine: { clock, store } });
    context.after(() => app.close());
    return app;
  };
  const apps = [await start(), await start()];
  const [one] = apps as [App];
  const { id } = await one.registry.createEndpoint({ tenant, url: anUrl("a"), timeoutMs: 1000, maxInFlight: 1 }, 0);
  for (const app of apps) await eventually("it is known", () => app.registry.endpoint(id) !== undefined);
  const answered = { timeoutMs: 1000, maxInFlight: 1 };
  let isDone = false;
  const changing = apps.map(async ({ registry }, index) => {
    const member = index === 0 ? "timeoutMs" : "maxInFlight";
    for (let value = answered[member] + 1; !isDone; value++) {
      try {
        await registry.changeEndpoint(id, { [member]: Math.min(value, member === "timeoutMs" ? 30_000 : 1000) });
        answered[member] = value;
      } catch (error) {
        assert.ok(withCode("store-unavailable")(error), String(error));
        await delay(20);
      }
    }
  });
  for (let cut = 0; cut < 6; cut++) {
    await delay(100);
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  }
  const [first, second] = [answered.timeoutMs, answered.maxInFlight];
  await eventually("changes go through", () => answered.timeoutMs > first && answered.maxInFlight > second, 20_000);
  isDone = true;
  await Promise.all(changing);
  const [stored] = (await one.store.registry.load()).endpoints;
  assert.ok(stored && stored.timeoutMs >= answered.timeoutMs && stored.maxInFlight >= answered.maxInFlight);
  for (const { registry } of apps) {
    await eventually("all know it", () => isDeepStrictEqual(registry.endpoint(id), stored));
  }
});
