/** Reading as a named consumer from servers that fail in every way: nothing is skipped, and nothing unfinished counts. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { type ConsumeOptions, type RetryNotice, Trotline, TrotlineCursorError } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aScriptedConsumer, cursorOf, type ScriptedConsumer } from "./sdk-scripted-consumer.ts";
import { answer, refuse, reset, type ScriptedRequest } from "./sdk-scripted-server.ts";

const quick = { firstDelayMs: 5, delayMsMax: 20 };

const clientOf = ({ server }: ScriptedConsumer, notices: RetryNotice[] = []): Trotline =>
  new Trotline({ url: server.url, timeoutMs: 200, retry: quick, onRetry: (notice) => notices.push(notice) });

/** Reads until `count` events were seen, and answers their ids. The last of them is not acknowledged. */
async function read(consumer: ScriptedConsumer, count: number, options: ConsumeOptions = {}): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of clientOf(consumer).consume("reader", options)) {
    seen.push(event.id);
    if (seen.length === count) break;
  }
  return seen;
}

const idsThrough = (count: number): string[] => Array.from({ length: count }, (_, index) => `e${index + 1}`);

describe("a loop over a consumer's events", () => {
  it("sees them in order, and each is acknowledged once the loop has come back", async (context) => {
    const consumer = await aScriptedConsumer(context, 10);
    const seen: string[] = [];
    for await (const event of clientOf(consumer).consume("reader", { limit: 3 })) {
      assert.ok(consumer.position < seen.length + 1, "acknowledged before it was finished");
      seen.push(event.id);
      if (seen.length === 10) break;
    }
    assert.deepEqual(seen, idsThrough(10));
    assert.equal(consumer.position, 9);
    assert.equal(consumer.lease, null, "the lease is given back");
  });

  it("does not wait for its acknowledgements, which go one at a time and may skip some", async (context) => {
    const consumer = await aScriptedConsumer(context, 100);
    let open = 0;
    consumer.interfere = (request, response) => {
      if (!request.what.endsWith("/ack")) return false;
      open += 1;
      assert.equal(open, 1);
      response.once("finish", () => {
        open -= 1;
      });
      return false;
    };
    assert.deepEqual(await read(consumer, 100), idsThrough(100));
    assert.equal(consumer.position, 99);
    assert.ok(consumer.acknowledged.length < 99);
  });

  it("reads ahead by a page, and no further, while an event is worked on", async (context) => {
    const consumer = await aScriptedConsumer(context, 20);
    const client = clientOf(consumer);
    for await (const event of client.consume("reader", { limit: 5 })) {
      if (event.id !== "e1") break;
      await eventually("the next page is fetched", () => consumer.asked("/events").length === 2);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(
        consumer.asked("/events").map(({ query }) => query.get("after")),
        [null, cursorOf(5)],
      );
    }
  });

  it("that throws leaves its event unacknowledged, and gives the lease back", async (context) => {
    const consumer = await aScriptedConsumer(context, 5);
    const reading = async (): Promise<void> => {
      for await (const event of clientOf(consumer).consume("reader")) {
        if (event.id === "e3") throw new Error("the database is down");
      }
    };
    await assert.rejects(reading, /the database is down/);
    assert.equal(consumer.position, 2);
    assert.equal(consumer.lease, null);
    assert.deepEqual(await read(consumer, 3), ["e3", "e4", "e5"]);
  });

  it("ends without an error when the signal is aborted: in an event, which is not acknowledged", async (context) => {
    const consumer = await aScriptedConsumer(context, 5);
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const event of clientOf(consumer).consume("reader", { signal: controller.signal })) {
      seen.push(event.id);
      if (event.id === "e2") controller.abort();
    }
    assert.deepEqual(seen, ["e1", "e2"]);
    assert.equal(consumer.position, 1);
    assert.equal(consumer.lease, null);
  });

  it("ends at once when the signal is aborted while it waits for an event", async (context) => {
    const consumer = await aScriptedConsumer(context, 1);
    consumer.interfere = ({ query }) => query.get("after") === cursorOf(1); // Held for ever.
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of clientOf(consumer).consume("reader", { signal: controller.signal }));
    })();
    await eventually("it waits, with the first acknowledged", () => consumer.position === 1);
    const startMs = performance.now();
    controller.abort();
    await reading;
    assert.ok(performance.now() - startMs < 1000);
    assert.equal(consumer.lease, null);
  });

  it("with a signal that is aborted already asks for nothing", async (context) => {
    const consumer = await aScriptedConsumer(context, 1);
    for await (const _ of clientOf(consumer).consume("reader", { signal: AbortSignal.abort() })) assert.fail();
    assert.equal(consumer.server.requests.length, 0);
  });

  it("acknowledges what the filter left out, too", async (context) => {
    const consumer = await aScriptedConsumer(context, 2);
    consumer.leftOutThrough = 7;
    consumer.interfere = ({ query }) => query.get("after") === cursorOf(7); // Held for ever.
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of clientOf(consumer).consume("reader", { signal: controller.signal }));
    })();
    await eventually("the cursor is beyond", () => consumer.position === 7);
    assert.deepEqual([...new Set(consumer.acknowledged)].slice(-1), [7]);
    controller.abort();
    await reading;
  });
});

const failures: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "is reset": reset,
  "is cut in the middle": (response) => {
    response.writeHead(200, { "content-length": "900" }).write('{"data":[{"id":"e1","cursor":"c1"');
    setImmediate(() => response.socket?.end());
  },
  "is never answered": () => {},
  "is answered 503": (response) => refuse(response, 503, "shutting-down", { retryable: true }),
  "is answered by a captive portal": (response) => void response.writeHead(200).end("<html>"),
  "is answered with other JSON": (response) => answer(response, 200, { data: "none" }),
};

describe("nothing is skipped and everything is acknowledged although every second request", () => {
  for (const [name, fail] of Object.entries(failures)) {
    it(name, async (context) => {
      const consumer = await aScriptedConsumer(context, 12);
      consumer.settings.lease_ms = 3000; // Pages are held for a second.
      const failed = new Set<string>();
      consumer.interfere = ({ what, query, body }, response) => {
        const request = `${what} ${query} ${JSON.stringify(body)}`;
        if (failed.has(request)) return false;
        failed.add(request);
        fail(response);
        return true;
      };
      assert.deepEqual(await read(consumer, 12, { limit: 5 }), idsThrough(12));
      assert.equal(consumer.position, 11);
      assert.equal(consumer.asked("/release").length, 1);
    });
  }
});

describe("a consumer whose acknowledgements fail", () => {
  it("is given no further event until they succeed, for it would come again", async (context) => {
    const consumer = await aScriptedConsumer(context, 10);
    let isDown = true;
    consumer.interfere = ({ what }, response) => {
      if (!what.endsWith("/ack") || !isDown) return false;
      refuse(response, 503, "store-unavailable");
      return true;
    };
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of clientOf(consumer).consume("reader")) {
        seen.push(event.id);
        if (event.id === "e1") await eventually("asked", () => consumer.asked("/events").length > 0);
        if (event.id === "e2") await eventually("the first fails", () => consumer.asked("/ack").length > 0);
        if (seen.length === 10) break;
      }
    })();
    await eventually("it fails for a while", () => consumer.asked("/ack").length > 5);
    assert.deepEqual(seen, ["e1", "e2"]);
    isDown = false;
    await reading;
    assert.deepEqual(seen, idsThrough(10));
    assert.equal(consumer.position, 9);
  });

  it("still ends soon when the signal is aborted", async (context) => {
    const consumer = await aScriptedConsumer(context, 10);
    consumer.interfere = ({ what }, response) => {
      if (!what.endsWith("/ack")) return false;
      reset(response);
      return true;
    };
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of clientOf(consumer).consume("reader", { signal: controller.signal }));
    })();
    await eventually("it fails", () => consumer.asked("/ack").length > 2);
    controller.abort();
    await reading;
    assert.equal(consumer.position, 0);
  });
});

/** Answers the n-th request of a kind with this refusal. */
function refuseOnce(kind: string, number: number, code: string): ScriptedConsumer["interfere"] {
  let count = 0;
  return ({ what }: ScriptedRequest, response) => {
    if (!what.endsWith(kind)) return false;
    count += 1;
    if (count !== number) return false;
    refuse(response, 409, code);
    return true;
  };
}

describe("a lease that is lost", () => {
  for (const [kind, number, code] of [
    ["/ack", 1, "lease-stale"],
    ["/ack", 3, "lease-stale"],
    ["/ack", 2, "ack-backwards"],
    ["/ack", 2, "ack-beyond-fetched"],
    ["/events", 2, "lease-stale"],
    ["/events", 3, "lease-stale"],
  ] as const) {
    it(`is taken anew after ${code} to request ${number} of ${kind}, and nothing is skipped`, async (context) => {
      const consumer = await aScriptedConsumer(context, 12);
      const loseLease = refuseOnce(kind, number, code);
      consumer.interfere = (request, response) => {
        const isLost = loseLease(request, response);
        if (isLost) consumer.lease = null;
        return isLost;
      };
      const seen: string[] = [];
      for await (const event of clientOf(consumer).consume("reader", { limit: 3 })) {
        seen.push(event.id);
        if (event.id === "e12") break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual([...new Set(seen)], idsThrough(12));
      assert.equal(consumer.position, 11);
      const takes = consumer.asked("/events").filter(({ query }) => query.get("lease") === null);
      assert.equal(takes.length, 2);
      assert.equal(consumer.asked("").length, 1, "the consumer is not made again");
    });
  }

  it("follows a consumer that is moved back by hand, and does not move it forward again", async (context) => {
    const consumer = await aScriptedConsumer(context, 6);
    const seen: string[] = [];
    for await (const event of clientOf(consumer).consume("reader", { limit: 3 })) {
      seen.push(event.id);
      if (seen.length === 4) {
        await eventually("three are acknowledged", () => consumer.position === 3);
        consumer.position = 1;
        consumer.lease = null;
      }
      if (event.id === "e6" && seen.filter((id) => id === "e2").length === 2) break;
    }
    assert.deepEqual(seen.slice(0, 4), ["e1", "e2", "e3", "e4"]);
    assert.deepEqual(seen.slice(-5), ["e2", "e3", "e4", "e5", "e6"]);
    assert.equal(consumer.position, 5);
  });

  it("is waited for while another client has it, as long as the server says", async (context) => {
    const consumer = await aScriptedConsumer(context, 2);
    consumer.lease = "lease_of_another";
    let refusals = 0;
    consumer.interfere = ({ what, query }, response) => {
      if (!what.endsWith("/events") || query.get("lease") !== null || consumer.lease === null) return false;
      refusals += 1;
      if (refusals === 2) consumer.lease = null;
      const body = { code: "lease-held", detail: "Another reads." };
      answer(response, 409, body, { "retry-after": refusals === 1 ? "1" : "0" });
      return true;
    };
    const notices: RetryNotice[] = [];
    const seen: string[] = [];
    for await (const event of clientOf(consumer, notices).consume("reader")) {
      seen.push(event.id);
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, ["e1", "e2"]);
    const [first, second] = consumer.asked("/events");
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 990);
    assert.deepEqual(
      notices.map(({ error }) => (error as Error & { code: string }).code),
      ["lease-held", "lease-held"],
    );
  });
});

describe("while an event takes long", () => {
  it("the lease is kept by acknowledging what is acknowledged already", async (context) => {
    const consumer = await aScriptedConsumer(context, 2);
    consumer.settings.lease_ms = 100;
    for await (const event of clientOf(consumer).consume("reader")) {
      if (event.id === "e2") break;
      await eventually("the lease is renewed thrice", () => consumer.acknowledged.length === 3);
      assert.deepEqual(consumer.acknowledged, [0, 0, 0]);
    }
    assert.equal(consumer.position, 1);
  });

  it("the lease is not kept beyond the time that one event may take", async (context) => {
    const consumer = await aScriptedConsumer(context, 2);
    consumer.settings.lease_ms = 40;
    for await (const event of clientOf(consumer).consume("reader", { processingMsMax: 120 })) {
      if (event.id === "e2") break;
      await eventually("it is renewed", () => consumer.acknowledged.length > 0);
      let renewals = 0;
      await eventually("it is renewed no more", async () => {
        renewals = consumer.acknowledged.length;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return consumer.acknowledged.length === renewals;
      });
    }
  });
});

describe("what the program must decide about is thrown", () => {
  for (const [status, code, members] of [
    [410, "cursor-expired", { resume: "c9", lost: 4 }],
    [409, "cursor-forked", { resume: "c2" }],
  ] as const) {
    it(`${code}, with a cursor to go on from, after what was fetched before is done`, async (context) => {
      const consumer = await aScriptedConsumer(context, 3);
      consumer.interfere = ({ query }, response) => {
        if (query.get("after") !== cursorOf(3)) return false;
        refuse(response, status, code, members);
        return true;
      };
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const event of clientOf(consumer).consume("reader")) seen.push(event.id);
      };
      await assert.rejects(reading, (error: unknown) => {
        assert.ok(error instanceof TrotlineCursorError);
        assert.equal(error.code, code);
        assert.equal(error.resume, members.resume);
        assert.equal(error.lost, "lost" in members ? members.lost : null);
        return true;
      });
      assert.deepEqual(seen, idsThrough(3));
      assert.equal(consumer.position, 3);
    });
  }

  it("that the consumer was deleted: it is not made again, for its place is gone", async (context) => {
    const consumer = await aScriptedConsumer(context, 3);
    const reading = async (): Promise<void> => {
      for await (const event of clientOf(consumer).consume("reader")) if (event.id === "e2") consumer.exists = false;
    };
    await assert.rejects(reading, { code: "consumer-not-found" });
    assert.equal(consumer.server.requests.filter(({ what }) => what.startsWith("PUT")).length, 0);
  });

  it("that the key may not do it", async (context) => {
    const consumer = await aScriptedConsumer(context, 3);
    consumer.interfere = (_, response) => {
      refuse(response, 403, "forbidden");
      return true;
    };
    await assert.rejects(read(consumer, 1), { code: "forbidden" });
    assert.equal(consumer.server.requests.length, 1);
  });
});

describe("the consumer's settings", () => {
  const puts = (consumer: ScriptedConsumer): unknown[] =>
    consumer.server.requests.filter(({ what }) => what.startsWith("PUT")).map(({ body }) => body);

  async function readOne(context: TestContext, options: ConsumeOptions, exists: boolean): Promise<unknown[]> {
    const consumer = await aScriptedConsumer(context, 1);
    consumer.exists = exists;
    await read(consumer, 1, options);
    return puts(consumer);
  }

  it("are written where there is none yet", async (context) => {
    const options = { types: ["order.*"], filter: "data.total > 1", from: "earliest", leaseMs: 5000 };
    assert.deepEqual(await readOne(context, options, false), [
      { types: ["order.*"], filter: "data.total > 1", from: "earliest", lease_ms: 5000 },
    ]);
  });

  it("are written where they differ, and only what was given", async (context) => {
    assert.deepEqual(await readOne(context, { types: ["order.*"], from: "latest" }, true), [
      { types: ["order.*"], from: "latest" },
    ]);
  });

  it("are left alone where they are so already, which a key for reading may do", async (context) => {
    assert.deepEqual(await readOne(context, { types: [], filter: null, leaseMs: 60_000, from: "earliest" }, true), []);
    assert.deepEqual(await readOne(context, {}, true), []);
  });
});

it("a server that answers empty pages at once, although asked to wait, is not asked in a tight loop", async (context) => {
  const consumer = await aScriptedConsumer(context, 0);
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of clientOf(consumer).consume("reader", { signal: controller.signal }));
  })();
  await eventually("the first pages", () => consumer.asked("/events").length === 2);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.ok(consumer.asked("/events").length <= 5, `${consumer.asked("/events").length} requests`);
  controller.abort();
  await reading;
});

it("a timeout that no timer of the platform can hold is not over at once", async (context) => {
  const consumer = await aScriptedConsumer(context, 1);
  const notices: RetryNotice[] = [];
  const onRetry = (notice: RetryNotice) => void notices.push(notice);
  const client = new Trotline({ url: consumer.server.url, timeoutMs: 2 ** 31 - 1, onRetry });
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of client.consume("reader", { signal: controller.signal }));
  })();
  await eventually("a page was held", () => consumer.asked("/events").length === 3);
  controller.abort();
  await reading;
  assert.deepEqual(notices, []);
});
