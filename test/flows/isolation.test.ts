/** One endpoint never harms another: dead, slow and flooding receivers cost their own lane only. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { App } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

const silent = { write: () => {} };

describe("a process with room for 16 attempts", () => {
  let app: App;
  let healthy: TestReceiver;
  let dead: TestReceiver;
  before(async () => {
    app = await anApp({ capacity: { perProcess: 16, perTenant: 12, perOrigin: 12 }, shutdownGraceMs: 0 });
    healthy = await startTestReceiver();
    dead = await startTestReceiver();
    dead.answer(silent);
  });
  after(async () => {
    await app.close();
    await healthy.close();
    await dead.close();
  });

  const endpoint = (tenant: string, url: string) =>
    app.registry.createEndpoint({ tenant, url, timeoutMs: 30_000 }, app.store.events.bounds().head);

  it("delivers to healthy endpoints of a tenant whose other endpoints never answer", async () => {
    for (let i = 0; i < 3; i++) await endpoint("one", `${dead.url}/${i}`);
    await endpoint("one", `${healthy.url}/one`);
    await publish(
      app,
      Array.from({ length: 100 }, (_, data) => ({ tenant: "one", type: "a", data })),
    );
    await eventually("all delivered", () => count(healthy, "/one") === 100);
    assert.ok(dead.requests.length <= 12, "the dead ones hold their window and no more");
  });

  it("delivers to another tenant while one tenant's endpoints hold all that they may", async () => {
    for (let i = 0; i < 20; i++) await endpoint("flooded", `${dead.url}/flooded/${i}`);
    await publish(app, { tenant: "flooded", type: "a", data: 1 });
    await eventually("held", () => dead.requests.length >= 12);
    await endpoint("quiet", `${healthy.url}/quiet`);
    await publish(
      app,
      Array.from({ length: 50 }, (_, data) => ({ tenant: "quiet", type: "a", data })),
    );
    await eventually("all delivered", () => count(healthy, "/quiet") === 50);
  });
});

describe("endpoints that share a process with one that has a large backlog", () => {
  it("are served in turn: a new event does not wait for the backlog", async () => {
    const app = await anApp();
    const receiver = await startTestReceiver();
    try {
      const busy = await app.registry.createEndpoint({ tenant: "default", url: `${receiver.url}/busy` }, 0);
      await app.registry.setStatus(busy.id, "paused", null);
      for (let batch = 0; batch < 20; batch++) {
        await publish(
          app,
          Array.from({ length: 500 }, (_, data) => ({ type: "bulk", data })),
        );
      }
      await app.registry.createEndpoint(
        { tenant: "other", url: `${receiver.url}/new` },
        app.store.events.bounds().head,
      );
      await app.dispatcher.resume(app.registry.requireEndpoint(busy.id), "cursor");
      await eventually("the backlog drains", () => count(receiver, "/busy") > 100);
      await publish(app, { tenant: "other", type: "a", data: 1 });
      await eventually("the new event", () => count(receiver, "/new") === 1);
      assert.ok(count(receiver, "/busy") < 10_000, "the backlog was not drained first");
      await eventually("the backlog is drained", () => count(receiver, "/busy") === 10_000, 30_000);
      const numbers = receiver.requests
        .filter(({ path }) => path === "/busy")
        .map(({ headers }) => headers["webhook-id"]);
      assert.equal(new Set(numbers).size, 10_000);
    } finally {
      await app.close();
      await receiver.close();
    }
  });
});

const count = (receiver: TestReceiver, path: string): number =>
  receiver.requests.filter((request) => request.path === path).length;
