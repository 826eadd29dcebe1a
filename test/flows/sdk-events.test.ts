/** The client library reads the log of a real server without a named consumer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Trotline, type TrotlineEvent } from "../../src/sdk/client.ts";
import { aServer, type TestServer } from "./a-server.ts";

const clientOf = ({ url, key }: TestServer, options: object = {}): Trotline =>
  new Trotline({ url, key, retry: { firstDelayMs: 5, delayMsMax: 50 }, ...options });

const idsOf = (count: number, first = 1): string[] => Array.from({ length: count }, (_, index) => `e${first + index}`);

async function publish(client: Trotline, ids: readonly string[], members: object = {}): Promise<void> {
  await Promise.all(ids.map((id) => client.publish({ id, type: "order.paid", data: { id }, ...members })));
}

const ids = (events: readonly TrotlineEvent[]): string[] => events.map(({ id }) => id);

async function readTo(last: string, events: AsyncIterable<TrotlineEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { id } of events) {
    seen.push(id);
    if (id === last) break;
  }
  return seen;
}

describe("the events of the client library", () => {
  it("come in pages from any place, in both directions", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, idsOf(5));
    const first = await client.events.list<{ id: string }>({ limit: 2 });
    assert.deepEqual([ids(first.data), first.has_more], [["e1", "e2"], true]);
    assert.equal(first.data[0]?.data.id, "e1");
    assert.equal(first.data[1]?.cursor, first.next_cursor);
    const second = await client.events.list({ after: first.next_cursor });
    assert.deepEqual([ids(second.data), second.has_more], [["e3", "e4", "e5"], false]);
    assert.deepEqual(ids((await client.events.list({ after: "e4" })).data), ["e5"]);
    assert.deepEqual(ids((await client.events.list({ after: "latest" })).data), []);
    assert.deepEqual(ids((await client.events.list({ order: "desc", limit: 2 })).data), ["e5", "e4"]);
  });

  it("are all of them with `pages` and `iterate`, up to the end of the log", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, idsOf(25));
    const sizes: number[] = [];
    for await (const page of client.events.pages({ limit: 10 })) sizes.push(page.data.length);
    assert.deepEqual(sizes, [10, 10, 5]);
    const seen: string[] = [];
    for await (const event of client.events.iterate({ limit: 4, after: "e3" })) seen.push(event.id);
    assert.deepEqual(seen, idsOf(22, 4));
  });

  it("are selected by type, filter, subject and tenant", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await publish(client, ["e1"], { subject: "a", data: { total: 5 } });
    await publish(client, ["e2"], { type: "invoice.sent", data: { total: 50 } });
    await publish(client, ["e3"], { type: "order.refunded, not", data: 1 }).catch(() => {});
    await publish(clientOf(server, { tenant: "acme" }), ["e4"]);
    assert.deepEqual(ids((await client.events.list({ types: ["invoice.*", "nothing"] })).data), ["e2"]);
    assert.deepEqual(ids((await client.events.list({ filter: "data.total > 10" })).data), ["e2"]);
    assert.deepEqual(ids((await client.events.list({ subject: "a" })).data), ["e1"]);
    assert.deepEqual(ids((await client.events.list({ tenant: "acme" })).data), ["e4"]);
    await assert.rejects(client.events.list({ filter: "data.total >" }), { code: "filter-invalid", field: "filter" });
    await assert.rejects(client.events.list({ after: "nowhere" }), { code: "cursor-invalid", status: 400 });
  });

  it("are waited for, as long as was asked", async (context) => {
    const client = clientOf(await aServer(context));
    const waiting = client.events.list({ after: "latest", wait: 10 });
    const none = client.events.list({ after: "latest", wait: 1, types: ["other"] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await publish(client, ["e1"]);
    assert.deepEqual(ids((await waiting).data), ["e1"]);
    assert.deepEqual((await none).data, []);
  });

  it("are followed: those that were there, and those that come", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, idsOf(3));
    const all = readTo("e5", client.events.follow({ limit: 2 }));
    const some = readTo("e5", client.events.follow({ after: "e2", types: ["order.*"] }));
    await publish(client, ["e4"]);
    await publish(client, ["e5"]);
    assert.deepEqual(await all, idsOf(5));
    assert.deepEqual(await some, ["e3", "e4", "e5"]);
  });

  it("are followed from `latest` of the moment when that began, though the network fails then", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await publish(client, ["e1"]);
    let requests = 0;
    const failing = (url: string, init: RequestInit): Promise<Response> => {
      requests += 1;
      return requests % 2 === 0 ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
    };
    const began = clientOf(server, { fetch: failing }).events.follow({ after: "latest" });
    const reading = readTo("e3", began);
    while (requests < 1) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await publish(client, ["e2", "e3"]);
    assert.deepEqual(await reading, ["e2", "e3"]);
  });

  it("are followed until the signal is aborted, and then end without an error", async (context) => {
    const client = clientOf(await aServer(context));
    await publish(client, ["e1"]);
    const controller = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of client.events.follow({ signal: controller.signal })) seen.push(event.id);
    })();
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await reading;
    assert.deepEqual(seen, ["e1"]);
    await assert.rejects(client.events.list({}, { signal: AbortSignal.abort() }), { name: "AbortError" });
  });

  it("say where to go on, when retention has passed the reader", async (context) => {
    const server = await aServer(context, { app: { retentionBytesMax: 2 } });
    const client = clientOf(server);
    const { next_cursor } = await client.events.list();
    await publish(client, idsOf(3));
    await server.app.retention.run();
    const expected = { name: "TrotlineCursorError", code: "cursor-expired", status: 410 };
    await assert.rejects(client.events.list({ after: next_cursor }), expected);
    await assert.rejects(readTo("e3", client.events.follow({ after: next_cursor })), expected);
  });

  it("can be parsed so that whole numbers beyond 2^53 stay what they are", async (context) => {
    const server = await aServer(context);
    await server.ask("POST /v1/events", { raw: '{"id":"big","type":"a","data":{"total":12345678901234567890}}' });
    const parseJson = (text: string): unknown => JSON.parse(text.replace(/:(\d{17,})/g, ':"$1"'));
    const client = clientOf(server, { parseJson });
    assert.deepEqual((await client.events.get("big")).data, { total: "12345678901234567890" });
    assert.deepEqual((await client.events.list()).data[0]?.data, { total: "12345678901234567890" });
  });
});
