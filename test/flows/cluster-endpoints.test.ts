/** Endpoints that are made, changed and deleted at one process, while others run their lanes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.ts";
import {
  aConfiguredCluster,
  onForgetfulMemory,
  onMemory,
  onPostgres,
  running,
  type SharedKind,
} from "./a-configured-cluster.ts";
import { publish } from "./an-app.ts";

const anUrl = (name: string | number): string => `http://127.0.0.1:9/${name}`;
const tenant = "default";

function suite(kind: SharedKind): void {
  test("a lane follows what is changed of its endpoint elsewhere", async (context) => {
    const { aPair, sent } = await aConfiguredCluster(context, kind);
    const { api, holder } = await aPair();
    const { id, number } = await api.registry.createEndpoint({ tenant, url: anUrl("a") }, 0);
    const sendOne = async (): Promise<string> => (await publish(api, { type: "x", data: 1 })).items[0]?.id ?? "";
    const first = await sendOne();
    await eventually("it is sent", () => sent.some((one) => one.id === first && one.url === anUrl("a")));
    await api.registry.changeEndpoint(id, { url: anUrl("b"), ordering: "strict" });
    await eventually("it is known", () => holder.dispatcher.lanes.get(number)?.endpoint.url === anUrl("b"));
    assert.notEqual(holder.dispatcher.lanes.get(number)?.lane.order, null);
    const second = await sendOne();
    await eventually("it is sent there", () => sent.some((one) => one.id === second && one.url === anUrl("b")));
    await api.registry.setStatus(id, "paused", null);
    await eventually("it is paused", () => holder.registry.endpoint(id)?.status === "paused");
    const third = await sendOne();
    await eventually("it was offered", () => holder.shards.dispatchedTo >= 3);
    await delay(50);
    assert.ok(!sent.some((one) => one.id === third));
    await api.registry.setStatus(id, "enabled", null);
    await eventually("it is sent then", () => sent.some((one) => one.id === third));
    assert.equal(sent.length, 3);
  });

  test("an endpoint that is disabled where its lane runs, and changed elsewhere, is both", async (context) => {
    const { aPair, answers, gone, sent } = await aConfiguredCluster(context, kind);
    const { api, holder } = await aPair();
    for (let round = 0; round < 5; round++) {
      const url = anUrl(round);
      answers.set(url, gone);
      const { id } = await api.registry.createEndpoint({ tenant, url, types: [`x${round}`] }, 0);
      await publish(api, { type: `x${round}`, data: 1 });
      await eventually("it is sent", () => sent.some((one) => one.url === url));
      await api.registry.changeEndpoint(id, { description: "changed" });
      await eventually("it is disabled", () => api.registry.endpoint(id)?.status === "disabled");
      await eventually("both hold", () => holder.registry.endpoint(id)?.description === "changed");
      const stored = (await api.store.registry.load()).endpoints.at(-1);
      assert.deepEqual([stored?.status, stored?.description], ["disabled", "changed"]);
    }
  });

  test("what is deleted elsewhere is sent no more, and leaves nothing", async (context) => {
    const { aPair, answers, gone, sent } = await aConfiguredCluster(context, kind);
    const { api, holder } = await aPair();
    answers.set(anUrl("a"), { ...gone, status: 500 });
    const retry = { delaysMs: Array.from({ length: 50 }, () => 100) };
    const { id, number } = await api.registry.createEndpoint({ tenant, url: anUrl("a"), retry }, 0);
    for (let event = 0; event < 5; event++) await publish(api, { type: "x", data: event });
    await eventually("they are tried again", () => sent.length > 6, 15_000);
    await api.registry.deleteEndpoint(id);
    await eventually("it is known", () => holder.registry.endpoint(id) === undefined);
    await holder.dispatcher.journal.flushed();
    const { length } = sent;
    await publish(api, { type: "x", data: 1 });
    await delay(300);
    assert.equal(sent.length, length);
    const shards = Array.from({ length: api.shards.count }, (_, shard) => shard);
    const { lanes, parkedTotals } = await api.store.journal.load(shards);
    assert.deepEqual([lanes, [...parkedTotals]], [[], []]);
    assert.equal(holder.dispatcher.lanes.get(number), undefined);
  });

  test("endpoints that are made elsewhere get each event from their start on, once, while shards move", async (context) => {
    const { start, sent } = await aConfiguredCluster(context, kind);
    const api = await start({ roles: ["api"] });
    const [one, other] = [await start(), await start()];
    await eventually("they run all", () => running(one) + running(other) === api.shards.count, 15_000);
    let isDone = false;
    const publishing = (async () => {
      while (!isDone) {
        await publish(api, [
          { type: "x", data: 1 },
          { type: "x", data: 2 },
        ]);
        await delay(2);
      }
    })();
    const starts = new Map<string, number>();
    const make = async (count: number): Promise<void> => {
      for (let made = 0; made < count; made++) {
        const url = anUrl(starts.size);
        const from = made % 3 === 0 ? 0 : api.store.events.bounds().head;
        starts.set(url, from);
        await api.registry.createEndpoint({ tenant, url }, from);
        await delay(20);
      }
    };
    await make(10);
    const joining = start();
    await make(10);
    const third = await joining;
    await Promise.all([make(5), one.close()]);
    await make(5);
    isDone = true;
    await publishing;
    const { events } = await api.store.events.read({ after: 0, limit: 100_000, bytesMax: 1e9 });
    await eventually("they run all", () => running(third) + running(other) === api.shards.count, 15_000);
    for (const [url, from] of starts) {
      const expected = events.slice(from).map(({ id }) => id);
      const ids = (): string[] => sent.filter((one) => one.url === url).map(({ id }) => id);
      await eventually(`${url} is sent all`, () => new Set(ids()).size >= expected.length, 15_000);
      assert.deepEqual(ids().sort(), expected.sort(), url);
    }
  });
}

for (const kind of [onMemory, onPostgres, onForgetfulMemory]) {
  describe(`lanes of processes on ${kind.name}`, () => suite(kind));
}
