/** The client library reads from a real server as named consumers. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Trotline, TrotlineCursorError, type TrotlineEvent } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer, type TestServer } from "./a-server.ts";

const clientOf = ({ url, key }: TestServer, options: object = {}): Trotline =>
  new Trotline({ url, key, retry: { firstDelayMs: 5, delayMsMax: 50 }, ...options });

const idsOf = (count: number, first = 1): string[] => Array.from({ length: count }, (_, index) => `e${first + index}`);

async function publish(client: Trotline, ids: readonly string[], members: object = {}): Promise<void> {
  await Promise.all(ids.map((id) => client.publish({ id, type: "order.paid", data: { id }, ...members })));
}

/** The ids up to `last`; the last is not acknowledged. */
async function readTo(last: string, events: AsyncIterable<TrotlineEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { id } of events) {
    seen.push(id);
    if (id === last) break;
  }
  return seen;
}

describe("a consumer of the client library", () => {
  it("reads what was there and what comes, and goes on where it was left", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, idsOf(250));
    const reading = readTo("e260", client.consume("billing", { from: "earliest" }));
    await eventually("it has read what was there", async () => {
      const consumer = await client.consumers.get("billing").catch(() => null);
      return consumer?.lag_events === 0;
    });
    await publish(client, idsOf(10, 251));
    assert.deepEqual(await reading, idsOf(260));
    const consumer = await client.consumers.get("billing");
    assert.equal(consumer.lag_events, 1);
    assert.equal(consumer.leased_until, null);
    assert.deepEqual(await readTo("e260", client.consume("billing")), ["e260"]);
  });

  it("is woken by an event while it waits", async (context) => {
    const client = clientOf(await aServer(context));
    await client.consumers.create("billing");
    const reading = readTo("e1", client.consume("billing"));
    await eventually("it reads", async () => (await client.consumers.get("billing")).leased_until !== null);
    await publish(client, ["e1"]);
    const startMs = performance.now();
    assert.deepEqual(await reading, ["e1"]);
    assert.ok(performance.now() - startMs < 3000);
  });

  it("sees only what its types, filter and subject take, and is not behind for the rest", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, ["e1"], { subject: "a", data: { total: 5 } });
    await publish(client, ["e2"], { subject: "b", data: { total: 5 } });
    await publish(client, ["e3"], { subject: "a", data: { total: 1 } });
    await publish(client, ["e4"], { type: "invoice.sent", subject: "a", data: { total: 9 } });
    const controller = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      const options = { types: ["order.*"], filter: "data.total > 2", subject: "a", from: "earliest" };
      for await (const { id } of client.consume("billing", { ...options, signal: controller.signal })) seen.push(id);
    })();
    await eventually("all is acknowledged", async () => {
      const consumer = await client.consumers.get("billing").catch(() => null);
      return consumer?.lag_events === 0;
    });
    controller.abort();
    await reading;
    assert.deepEqual(seen, ["e1"]);
  });

  it("belongs to its tenant", async (context) => {
    const server = await aServer(context);
    const acme = clientOf(server, { tenant: "acme" });
    await publish(acme, ["e1"]);
    await publish(clientOf(server), ["e2"]);
    assert.deepEqual(await readTo("e1", acme.consume("billing", { from: "earliest" })), ["e1"]);
    assert.deepEqual(await readTo("e2", clientOf(server).consume("billing", { from: "earliest" })), ["e2"]);
    assert.equal((await acme.consumers.list()).data[0]?.tenant, "acme");
  });

  it("waits while another reads under its name, and takes over where that one stopped", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await publish(client, idsOf(4));
    const first = client.consume("billing", { from: "earliest", leaseMs: 1000 });
    for (const id of ["e1", "e2", "e3"]) assert.equal((await first.next()).value?.id, id);
    const errors: string[] = [];
    const onRetry = ({ error }: { error: Error & { code?: string } }) => errors.push(error.code ?? "");
    const reading = readTo("e4", clientOf(server, { onRetry }).consume("billing"));
    await eventually("it was told that the lease is held", () => errors.includes("lease-held"));
    await first.return();
    assert.deepEqual(await reading, ["e3", "e4"]);
  });

  it("takes over from one that vanished, when its lease has run out", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await publish(client, ["e1"]);
    await client.consumers.create("billing", { lease_ms: 1000, from: "earliest" });
    assert.equal((await server.ask("GET /v1/consumers/billing/events")).status, 200);
    const startMs = performance.now();
    assert.deepEqual(await readTo("e1", client.consume("billing")), ["e1"]);
    assert.ok(performance.now() - startMs > 800);
  });

  it("keeps its lease while an event takes longer than that", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await publish(client, idsOf(2));
    const errors: unknown[] = [];
    for await (const { id } of client.consume("billing", { from: "earliest", leaseMs: 1000 })) {
      if (id === "e2") break;
      await new Promise((resolve) => setTimeout(resolve, 1600));
      errors.push((await server.ask("GET /v1/consumers/billing/events")).body.code);
    }
    assert.deepEqual(errors, ["lease-held"]);
    assert.equal((await client.consumers.get("billing")).lag_events, 1);
  });

  it("follows a seek that is made while it reads", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, idsOf(3));
    const seen: string[] = [];
    for await (const { id } of client.consume("billing", { from: "earliest" })) {
      seen.push(id);
      if (seen.length === 3) await client.consumers.seek("billing", "e1");
      if (seen.length === 5) break;
    }
    assert.deepEqual(seen, ["e1", "e2", "e3", "e2", "e3"]);
  });

  it("throws where retention passed it, and reads on where the program says so", async (context) => {
    const server = await aServer(context, { app: { retentionBytesMax: 2 } });
    const client = clientOf(server);
    await client.consumers.create("billing", { from: "earliest" });
    await publish(client, idsOf(3));
    await server.app.retention.run();
    const reading = readTo("e3", client.consume("billing"));
    const error = await reading.then(
      () => assert.fail("it read"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TrotlineCursorError);
    assert.equal(error.code, "cursor-expired");
    assert.ok((error.lost ?? 0) > 0);
    await client.consumers.seek("billing", error.resume);
    await publish(client, ["e4"]);
    assert.equal((await readTo("e4", client.consume("billing"))).at(-1), "e4");
  });

  it("throws where it is deleted while it waits", async (context) => {
    const client = clientOf(await aServer(context));
    const reading = readTo("never", client.consume("billing"));
    await eventually("it reads", async () => {
      const consumer = await client.consumers.get("billing").catch(() => null);
      return (consumer?.leased_until ?? null) !== null;
    });
    await client.consumers.delete("billing");
    await assert.rejects(reading, { code: "consumer-not-found" });
  });

  it("says what is wrong with a filter", async (context) => {
    const client = clientOf(await aServer(context));
    await assert.rejects(readTo("never", client.consume("billing", { filter: "data.total >" })), {
      code: "filter-invalid",
      field: "/filter",
    });
  });

  it("needs no more than a key for reading, where it is there already", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await publish(client, ["e1"]);
    await client.consumers.create("billing", { types: ["order.*"], from: "earliest" });
    const asked: string[] = [];
    const recording = (url: string, init: RequestInit): Promise<Response> => {
      asked.push(`${init.method} ${new URL(url).pathname}`);
      return fetch(url, init);
    };
    const events = clientOf(server, { fetch: recording }).consume("billing", { types: ["order.*"] });
    assert.deepEqual(await readTo("e1", events), ["e1"]);
    assert.ok(asked.every((request) => !request.startsWith("PUT")));
  });

  it("goes on through restarts of the server, and loses nothing of what is published around them", async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "trotline-sdk-"));
    let port = 0;
    let running: TestServer | null = null;
    const ends: (() => Promise<void>)[] = [];
    const start = async (): Promise<TestServer> => {
      const app = { store: { folder, bytesMax: null }, adminKey: "trot_test_key_for_restarts" };
      const after = { after: (end: () => Promise<void>) => ends.push(end) } as never;
      running = await aServer(after, { app, server: { port, shutdownGraceMs: 200 } });
      port = Number(new URL(running.url).port);
      return running;
    };
    const stop = async (): Promise<void> => {
      for (const end of ends.splice(0)) await end();
    };
    context.after(async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    });
    const client = clientOf(await start(), { retry: { firstDelayMs: 5, delayMsMax: 50, attemptsMax: 1000 } });
    await client.consumers.create("billing", { from: "earliest" });
    const seen = new Set<string>();
    const reading = (async () => {
      for await (const { id } of client.consume("billing", { limit: 7, signal: context.signal })) {
        seen.add(id);
        if (seen.size === 200) break;
      }
    })();
    for (let restart = 0; restart < 4; restart++) {
      const publishing = publish(client, idsOf(50, restart * 50 + 1));
      if (restart > 0) {
        await stop();
        await start();
      }
      await publishing;
    }
    await reading;
    assert.deepEqual([...seen].sort(), idsOf(200).sort());
  });
});
