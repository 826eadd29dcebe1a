/** Named consumers whose clients come to any of several processes on one store. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { operationsTenant } from "../../src/core/event.ts";
import type { Clock } from "../../src/core/ports.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { withCode } from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";
import { aConsumer, aWaitingClient, type ConsumerClient, idsOf } from "./a-consumer.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

const key = "key_of_a_test_of_many_processes";

interface SharedKind {
  readonly name: string;
  /** Opens it once more, as another process would. */
  begin(): Promise<() => Promise<Store>>;
}

const memory: SharedKind = {
  name: "memory",
  begin: async () => {
    const clock = systemClock();
    const shared = new MemoryData({ clock, shards: 4 });
    return async () => openMemoryStore({ clock, shared });
  },
};

const postgres: SharedKind = {
  name: "postgres",
  begin: async () => {
    const url = await aDatabase();
    return () => openPostgresStore({ url, clock: systemClock(), logger: silent, durability: "trusted" });
  },
};

async function aProcess(context: TestContext, store: Store, clock: Clock = systemClock()): Promise<TestServer> {
  return aServer(context, { app: { adminKey: key, machine: { store, clock } } });
}

async function twoOf(context: TestContext, kind: SharedKind): Promise<[TestServer, TestServer]> {
  const open = await kind.begin();
  return [await aProcess(context, await open()), await aProcess(context, await open())];
}

async function publishAll({ ask }: TestServer, ...ids: string[]): Promise<string[]> {
  const { body } = await ask("POST /v1/events", { body: ids.map((id) => anEvent({ id })) });
  return body.data.map((event: { cursor: string }) => event.cursor);
}

/** The consumer `billing`, as each process has it. */
const atEach = (servers: readonly TestServer[]): ConsumerClient[] => servers.map((server) => aConsumer(server));

async function aPair(context: TestContext, kind: SharedKind) {
  const [one, other] = await twoOf(context, kind);
  const [atOne, atOther] = atEach([one, other]) as [ConsumerClient, ConsumerClient];
  return { one, other, atOne, atOther };
}

/** A fetch that waits there for what does not come; its answer. */
async function waitingAt(server: TestServer, query: string) {
  const answer = aConsumer(server).fetch(query);
  await eventually("it waits", () => server.app.feed.waiting === 1);
  return { answer };
}

for (const kind of [memory, postgres]) {
  describe(`a consumer whose clients come to several processes, on ${kind.name}`, () => {
    it("is held by one of two who fetch at once, whichever process each comes to", async (context) => {
      const { atOne, atOther } = await aPair(context, kind);
      await atOne.put({ from: "earliest" });
      for (let round = 0; round < 10; round++) {
        const answers = await Promise.all([atOne.fetch(), atOther.fetch(), atOne.fetch(), atOther.fetch()]);
        const held = answers.filter(({ status }) => status === 200);
        assert.equal(held.length, 1);
        for (const { status, body, headers } of answers) {
          if (status === 200) continue;
          assert.equal(body.code, "lease-held");
          assert.equal(headers.get("retry-after"), "60");
        }
        const lease = held[0]?.body.lease;
        assert.equal((await (round % 2 === 0 ? atOne : atOther).release(lease)).status, 204);
      }
    });

    it("is read on at another process under the same lease, from what was acknowledged", async (context) => {
      const { one, atOne, atOther } = await aPair(context, kind);
      assert.equal((await atOne.put({ from: "earliest" })).status, 201);
      assert.equal((await atOther.put({ from: "latest" })).status, 200, "it is known there at once");
      const cursors = await publishAll(one, "e1", "e2", "e3");
      const { lease } = (await atOne.fetch()).body;
      const acked = await atOther.ack(cursors[0] as string, lease);
      assert.deepEqual([acked.status, acked.body.cursor], [200, cursors[0]], acked.text);
      assert.deepEqual((await atOne.get()).body.cursor, cursors[0]);
      await eventually("it shows what the other stored", async () => {
        const page = await atOther.fetch(`wait=1&lease=${lease}`);
        assert.equal(page.status, 200, page.text);
        return idsOf(page).join() === "e2,e3";
      });
      assert.equal((await atOne.ack(cursors[2] as string, lease)).status, 200);
      const { body } = await atOther.get();
      assert.deepEqual([body.cursor, body.lag_events], [cursors[2], 0]);
      assert.notEqual(body.leased_until, null);
      assert.equal((await atOther.ack(cursors[1] as string, lease)).body.code, "ack-backwards");
      assert.equal((await atOther.ack(cursors[2] as string, "lease_0")).body.code, "lease-stale");
      assert.equal((await atOther.release(lease)).status, 204);
      assert.equal((await atOne.fetch(`lease=${lease}`)).body.code, "lease-stale");
    });

    it("is taken from who waits at another process by a seek, told at once", async (context) => {
      const { one, other, atOne, atOther } = await aPair(context, kind);
      await atOne.put();
      const [first] = await publishAll(one, "e1", "e2");
      await eventually("the other has heard", () => other.app.store.events.bounds().head === 2);
      const { lease, next_cursor: last } = (await atOther.fetch()).body;
      await atOther.ack(last, lease);
      const waiting = await waitingAt(other, `wait=30&lease=${lease}`);
      const sought = await atOne.seek(first as string);
      assert.deepEqual([sought.body.cursor, sought.body.leased_until], [first, null]);
      const ended = await waiting.answer;
      assert.deepEqual([ended.status, ended.body.code], [409, "lease-stale"]);
      assert.equal((await atOther.ack(last, lease)).body.code, "lease-stale");
      assert.deepEqual(idsOf(await atOther.fetch()), ["e2"]);
    });

    it("ends, or takes other events, for who waits at another process", async (context) => {
      const { one, other, atOne, atOther } = await aPair(context, kind);
      await atOne.put({ types: ["x"] });
      const changing = await waitingAt(other, "wait=30");
      await atOne.put({ types: ["order.*"] });
      const page = await changing.answer;
      assert.deepEqual([page.status, idsOf(page)], [200, []], page.text);
      const { lease } = page.body;
      const ending = await waitingAt(other, `wait=30&lease=${lease}`);
      await atOne.remove();
      const ended = await ending.answer;
      assert.deepEqual([ended.status, ended.body.code], [404, "consumer-not-found"]);
      for (const refused of [await atOther.fetch(), await atOther.ack(page.body.next_cursor, lease)]) {
        assert.equal(refused.status, 404);
      }
      assert.deepEqual((await other.ask("GET /v1/consumers")).body.data, []);
      await publishAll(one, "e1");
      const again = await atOther.put();
      assert.deepEqual([again.status, again.body.types], [201, []], "a new one of its name begins anew");
      assert.equal((await atOne.ack(page.body.next_cursor, lease)).body.code, "lease-stale");
    });

    it("is free when its holder's process died, after the wait and the lease at most", async (context) => {
      const open = await kind.begin();
      const dying = await open();
      const [one, other] = [await aProcess(context, dying), await aProcess(context, await open())];
      const [atOne, atOther] = atEach([one, other]) as [ConsumerClient, ConsumerClient];
      await atOne.put({ from: "earliest", lease_ms: 1000 });
      aWaitingClient(one, "wait=1");
      await eventually("it waits", () => one.app.feed.waiting === 1);
      const { shared } = dying.consumers;
      assert.ok(shared);
      shared.decide = () => new Promise(() => {});
      const held = await atOther.fetch();
      assert.deepEqual([held.body.code, held.headers.get("retry-after")], ["lease-held", "1"]);
      await eventually("the lease has run out", async () => (await atOther.fetch()).status === 200);
    });

    it("is told to be at risk once, whichever processes see it", async (context) => {
      const { one, other, atOne } = await aPair(context, kind);
      await atOne.put({ from: "earliest" });
      for (const { app } of [one, other]) {
        app.consumers.retentionFacts = async () => {
          const facts = { oldThrough: 1, logBytes: 0, bytesMax: null };
          return { ...facts, earliest: 1, head: 9 };
        };
      }
      const looks = () => Promise.all([one, other].map(({ app }) => app.consumerWatch.look()));
      await publishAll(one, "e1", "e2", "e3");
      for (let look = 0; look < 3; look++) await looks();
      const told = async () => (await one.ask(`GET /v1/events?tenant=${operationsTenant}&after=earliest`)).body.data;
      assert.deepEqual(
        (await told()).map(({ type }: { type: string }) => type),
        ["consumer.at_risk"],
      );
      const [kept] = await one.app.store.consumers.load();
      assert.deepEqual([kept?.told, kept?.position], [{ state: "at_risk", times: 1, position: 0 }, 0]);
    });

    it("is made and changed by many at once, and loses nothing of it", async (context) => {
      const { atOne, atOther } = await aPair(context, kind);
      const made = await Promise.all([atOne.put({ types: ["a"] }), atOther.put({ types: ["a"] })]);
      assert.deepEqual(made.map(({ status }) => status).sort(), [200, 201]);
      const changes = [{ filter: "true" }, { subject: "s" }, { lease_ms: 5000 }, { types: ["b"] }];
      const [, ...answers] = await Promise.all([
        atOne.fetch(),
        ...changes.map((change, index) => (index % 2 === 0 ? atOne : atOther).put(change)),
      ]);
      for (const { status } of answers) assert.equal(status, 200);
      const { filter, subject, lease_ms: leaseMs, types } = (await atOther.get()).body;
      assert.deepEqual(
        { filter, subject, leaseMs, types },
        { filter: "true", subject: "s", leaseMs: 5000, types: ["b"] },
      );
    });
  });
}

it("a lease that a process took and could not tell of is taken again by the next fetch there", async (context) => {
  const clock = new HandClock();
  const store = openMemoryStore({ clock, shards: 4 });
  const server = await aProcess(context, store, clock);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const { shared } = store.consumers;
  assert.ok(shared);
  const decide = shared.decide.bind(shared);
  shared.decide = async (decision) => {
    await decide(decision);
    shared.decide = decide;
    throw new Error("the connection was lost");
  };
  assert.equal((await consumer.fetch("wait=30")).status, 500);
  assert.equal((await consumer.fetch()).status, 200);
});

it("who waits under a lease keeps it for the wait and the lease, and no longer, by the store's clock", async (context) => {
  const clock = new HandClock();
  const shared = new MemoryData({ clock, shards: 4 });
  // A process whose own clock is two hours ahead.
  const ahead = new HandClock();
  ahead.nowMs += 7_200_000;
  const one = await aProcess(context, openMemoryStore({ clock, shared }), clock);
  const other = await aProcess(context, openMemoryStore({ clock, shared }), ahead);
  const [atOne, atOther] = atEach([one, other]) as [ConsumerClient, ConsumerClient];
  await atOne.put({ from: "earliest", lease_ms: 10_000 });
  const { answer } = await waitingAt(one, "wait=30");
  answer.catch(() => {});
  assert.equal((await atOther.fetch()).headers.get("retry-after"), "10");
  clock.nowMs += 39_999;
  assert.equal((await atOther.fetch()).headers.get("retry-after"), "1");
  clock.nowMs += 1;
  const taken = await atOther.fetch();
  assert.equal(taken.status, 200, taken.text);
  assert.equal(Date.parse(taken.body.lease_expires_at), ahead.nowMs + 10_000);
  const ended = await answer;
  assert.equal(ended.body.code, "lease-stale", "it is told at once that another has it");
});

it("where others are first again and again, who decides is told so", async (context) => {
  const clock = new HandClock();
  const store = openMemoryStore({ clock, shards: 4 });
  const server = await aProcess(context, store, clock);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const { shared } = store.consumers;
  assert.ok(shared);
  shared.decide = async ({ tenant, name }) => {
    const { kept, nowMs } = await shared.find([{ tenant, name }]);
    return { isTaken: false, kept: kept[0] ?? null, nowMs };
  };
  const refused = await consumer.fetch();
  assert.deepEqual([refused.status, refused.body.code, refused.headers.get("retry-after")], [503, "overloaded", "1"]);
  await assert.rejects(server.app.consumers.seek({ tenant: "default", name: "billing" }, 0), withCode("overloaded"));
});
