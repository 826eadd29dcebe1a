/** The feed, searched by text and by time, where little of the log is in memory and the store is asked. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import { openSqliteStore } from "../../src/log/sqlite/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { silent } from "../conformance/store-kinds.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { publish } from "./an-app.ts";
import { aFolder } from "./cli-run.ts";

const ids = ({ body }: { body: { data: { id: string }[] } }): string[] => body.data.map(({ id }) => id);
const query = (parameters: Record<string, string>): string => `GET /v1/events?${new URLSearchParams(parameters)}`;

const clock = systemClock();
const stores: Record<string, () => Promise<Store>> = {
  memory: async () => openMemoryStore({ clock }),
  SQLite: async () => openSqliteStore({ folder: aFolder(), clock, logger: silent }),
  PostgreSQL: async () => openPostgresStore({ url: await aDatabase(), clock, logger: silent, durability: "trusted" }),
};

async function aSearchedServer(context: TestContext, open = stores.memory): Promise<TestServer> {
  const machine = { store: await open?.() };
  return aServer(context, { app: { machine, tailBytesMax: 1 } as object });
}

describe("the feed is searched by text and by time", () => {
  for (const [name, open] of Object.entries(stores)) {
    it(`on ${name}`, async (context) => {
      const { app, ask } = await aSearchedServer(context, open);
      for (const [index, data] of [{ order: "A-17" }, { order: "B-2" }, { name: "Zoë a-17" }, {}].entries()) {
        const startMs = Date.now();
        await publish(app, anEvent({ id: `evt_${index + 1}`, subject: `customer/${index + 1}`, data }));
        await eventually("the clock goes on", () => Date.now() > startMs + 1);
      }
      const [first, second, third] = (await ask("GET /v1/events")).body.data.map(
        (event: { accepted_at: string }) => event.accepted_at,
      );
      await publish(app, anEvent({ id: "theirs", tenant: "acme", data: { order: "A-17" } }));
      const asked = async (parameters: Record<string, string>) => ids(await ask(query(parameters))).join();
      assert.equal(await asked({ text: "a-17" }), "evt_1,evt_3");
      assert.equal(await asked({ text: "a-17", order: "desc" }), "evt_3,evt_1");
      assert.equal(await asked({ text: "CUSTOMER/2" }), "evt_2");
      assert.equal(await asked({ text: "no such" }), "");
      for (const order of ["asc", "desc"]) {
        const inOrder = (...found: string[]) => (order === "asc" ? found : found.reverse()).join();
        assert.equal(await asked({ order, since: second }), inOrder("evt_2", "evt_3", "evt_4"));
        assert.equal(await asked({ order, until: third }), inOrder("evt_1", "evt_2"));
        assert.equal(await asked({ order, since: first, until: third, limit: "2" }), inOrder("evt_1", "evt_2"));
        assert.equal(await asked({ order, since: second, until: third, types: "order.*" }), "evt_2");
        assert.equal(await asked({ order, since: "2199-01-01T00:00:00Z" }), "");
      }
    });
  }

  it("a bounded number of events at a request", async (context) => {
    const { app, ask } = await aSearchedServer(context);
    await publish(app, anEvent({ id: "evt_3", data: { name: "Zoë" } }));
    const startMs = Date.now();
    await eventually("the clock goes on", () => Date.now() > startMs + 1);
    await publish(app, anEvent({ id: "evt_4" }));
    const fourth = (await ask(query({ text: "evt_4" }))).body.data[0].accepted_at;
    for (let count = 0; count < limits.scannedPerPage; count += 1000) {
      await publish(
        app,
        Array.from({ length: 1000 }, () => anEvent({ data: 1 })),
      );
    }
    const beyond = await ask(query({ order: "desc", text: "zoë" }));
    assert.deepEqual([ids(beyond), beyond.body.has_more], [[], true]);
    const found = await ask(query({ order: "desc", text: "zoë", after: beyond.body.next_cursor }));
    assert.deepEqual([ids(found), found.body.has_more], [["evt_3"], false]);
    // What is before the time is not read at all, so that there is nothing to go on with.
    const last = await ask(query({ order: "desc", text: "evt_4", since: fourth, after: beyond.body.next_cursor }));
    assert.deepEqual([ids(last), last.body.has_more], [["evt_4"], false]);
    const ended = await ask(query({ order: "desc", text: "zoë", since: fourth, after: beyond.body.next_cursor }));
    assert.deepEqual([ids(ended), ended.body.has_more], [[], false]);
  });
});
