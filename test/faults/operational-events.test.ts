/** What is told of deliveries is true, whenever the process dies, and however much there is to tell. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Sender } from "../../src/core/ports.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { inFolder } from "../conformance/store-kinds.ts";
import { anApp } from "../flows/an-app.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 8);

interface Page {
  readonly data: readonly {
    readonly id: string;
    readonly type: string;
    readonly data: { readonly event_id: string };
  }[];
  readonly next_cursor: string;
  readonly has_more: boolean;
}

/** Every event of a tenant. */
async function eventsOf(server: ServerProcess, tenant: string): Promise<Page["data"][number][]> {
  const events: Page["data"][number][] = [];
  for (let after = "earliest"; ; ) {
    const { json } = await server.call("GET", `/v1/events?tenant=${tenant}&limit=1000&after=${after}`);
    const page = json as Page;
    events.push(...page.data);
    if (!page.has_more) return events;
    after = page.next_cursor;
  }
}

describe("kill -9 while deliveries are given up", () => {
  it(`tells of each that was, once, and of no other, in ${cycles} cycles`, { timeout: 120_000 }, () =>
    inFolder(async (folder) => {
      const receiver = await startTestReceiver();
      // Half of them never: failures in a row are too few to open the breaker.
      receiver.answer(({ body }) => (JSON.parse(body.toString()).data % 2 === 0 ? 500 : 200));
      try {
        let server = await startServerProcess(folder);
        await server.call("POST", "/v1/endpoints", { url: receiver.url, retry_delays_ms: [], max_in_flight: 8 });
        for (let cycle = 0; cycle < cycles; cycle++) {
          const events = Array.from({ length: 200 }, (_, data) => ({ type: "a", data }));
          assert.equal((await server.call("POST", "/v1/events", events)).status, 201);
          await new Promise((resolve) => setTimeout(resolve, 10 + ((cycle * 37) % 120)));
          await server.kill();
          server = await startServerProcess(folder);
        }
        const published = await eventsOf(server, "default");
        const failing = published.filter(({ data }) => Number(data) % 2 === 0).map(({ id }) => id);
        const told = await eventually(
          "every one is told",
          async () => {
            const news = await eventsOf(server, "_operations");
            const exhausted = news.filter(({ type }) => type === "delivery.exhausted").map(({ data }) => data.event_id);
            return exhausted.length >= failing.length && exhausted;
          },
          30_000,
        );
        assert.deepEqual(told.toSorted(), failing.toSorted());
        assert.equal(await server.stop(), 0);
      } finally {
        await receiver.close();
      }
    }),
  );
});

const outcome = (status: number): AttemptResult => ({
  status,
  errorClass: status === 200 ? null : "http_status",
  errorDetail: status === 200 ? null : `It answered ${status}.`,
  durationMs: 1,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
});

describe("a storm of deliveries that are given up", () => {
  const count = Number(process.env.TEST_STORM_EVENTS ?? 20_000);

  it(`of ${count} tells each, while another tenant's lane goes on`, { timeout: 120_000 }, () =>
    inFolder(async (folder) => {
      let delivered = 0;
      let sent = 0;
      const sender: Sender = {
        send: async ({ url }) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (url.includes("calm")) {
            delivered += 1;
            return outcome(200);
          }
          sent += 1;
          return outcome(sent % 5 === 0 ? 200 : 400); // Never ten in a row.
        },
        abortAll: () => {},
        close: async () => {},
      };
      const app = await anApp({ store: { folder, bytesMax: null }, machine: { sender } });
      const make = (tenant: string) =>
        app.registry.createEndpoint(
          { tenant, url: `https://${tenant}.example/`, retry: { delaysMs: [] }, disableAfterMs: null },
          0,
        );
      await make("stormy");
      await make("calm");
      const publish = (tenant: string, length: number) =>
        app.publisher.publish(
          Buffer.from(JSON.stringify(Array.from({ length }, () => ({ tenant, type: "a", data: 1 })))),
          {
            keyId: "key_test",
            idempotencyKey: null,
          },
        );
      for (let left = count; left > 0; left -= 1000) await publish("stormy", Math.min(left, 1000));
      const before = sent;
      assert.ok(before < count, "the storm is not over when the calm one's events come");
      await publish("calm", 200);
      await eventually("the calm one has its own", () => delivered === 200, 60_000);
      assert.ok(sent < count, "and did not wait until the storm was over");
      await eventually("the storm is over", () => sent >= count, 60_000);
      await app.dispatcher.journal.flushed();
      const { head } = app.store.events.bounds();
      const exhausted = head - count - 200;
      assert.equal(exhausted, count - Math.floor(count / 5));
      await app.close();
    }),
  );
});
