/** Deliveries that wait for company when their process stops or dies: they go at once, or are sent after the start. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { startServerProcess } from "./a-server-process.ts";

async function withReceiver(story: (folder: string, receiver: TestReceiver) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-batches-"));
  const receiver = await startTestReceiver();
  try {
    await story(folder, receiver);
  } finally {
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const someEvents = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `${prefix}-${i}`, type: "batch.test", data: i }));
const idsIn = ({ body }: ReceivedRequest): string[] => JSON.parse(body.toString()).map(({ id }: { id: string }) => id);
const patient = { max_events: 60, max_wait_ms: 10_000 };

describe("deliveries that wait for company", () => {
  it("go at once when the server stops", () =>
    withReceiver(async (folder, receiver) => {
      const server = await startServerProcess(folder);
      const { status } = await server.call("POST", "/v1/endpoints", { url: receiver.url, batch: patient });
      assert.equal(status, 201);
      await server.call("POST", "/v1/events", someEvents("a", 3));
      assert.equal(receiver.requests.length, 0);
      assert.equal(await server.stop(), 0);
      assert.deepEqual(receiver.requests.map(idsIn), [["a-0", "a-1", "a-2"]]);
      const next = await startServerProcess(folder);
      await next.call("POST", "/v1/events", someEvents("b", 2));
      assert.equal(await next.stop(), 0);
      assert.deepEqual(receiver.requests.slice(1).map(idsIn), [["b-0", "b-1"]]);
    }));

  it("are sent after the next start when the server is killed, again and again, and none is lost", () =>
    withReceiver(async (folder, receiver) => {
      receiver.answer((request) => (request.body.length % 5 === 0 ? 500 : 200));
      let server = await startServerProcess(folder);
      await server.call("POST", "/v1/endpoints", {
        url: receiver.url,
        batch: { max_events: 20, max_wait_ms: 200 },
        retry_delays_ms: [20, 50, 100, 200, 500, 500, 500],
      });
      const acknowledged: string[] = [];
      for (let cycle = 0; cycle < 6; cycle++) {
        for (let part = 0; part < 5; part++) {
          const events = someEvents(`c${cycle}-${part}`, 7);
          const { status } = await server.call("POST", "/v1/events", events);
          if (status === 201) acknowledged.push(...events.map(({ id }) => id));
        }
        await server.kill();
        server = await startServerProcess(folder);
      }
      receiver.answer(200);
      await eventually(
        "everything has arrived",
        () => {
          const arrived = new Set(receiver.requests.flatMap(idsIn));
          return acknowledged.every((id) => arrived.has(id));
        },
        30_000,
      );
      assert.ok(receiver.requests.every((request) => idsIn(request).length <= 20));
      assert.equal(await server.stop(), 0);
    }));
});
