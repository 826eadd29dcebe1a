/** Publishing through a network and servers that fail in every way: what is answered is stored, and stored once. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { type RetryNotice, Trotline, TrotlineApiError, TrotlineConnectionError } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { answer, aScriptedServer, refuse, reset, store } from "./sdk-scripted-server.ts";

const quick = { firstDelayMs: 5, delayMsMax: 20 };
const event = { type: "order.paid", data: { amount: 1 } };

async function anAddressWhereNobodyListens(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const failures: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "the connection is reset": reset,
  "the connection is closed without an answer": (response) => void response.socket?.end(),
  "the answer ends in the middle": (response) => {
    response.writeHead(201, { "content-type": "application/json", "content-length": "500" });
    response.write('{"data":[{"id":"ev');
    setImmediate(() => response.socket?.end());
  },
  "the answer ends in the middle, and does not say so": (response) => {
    response.writeHead(201, { connection: "close" });
    response.end('{"data":[{"id":"ev');
  },
  "the answer begins and never ends": (response) => void response.writeHead(201).write("{"),
  "nothing is answered": () => {},
  "a page of a captive portal comes with 200": (response) =>
    void response.writeHead(200, { "content-type": "text/html" }).end("<html>Welcome to the hotel</html>"),
  "some other JSON comes with 200": (response) => answer(response, 200, { ok: true }),
  "the answer is about other events": (response) =>
    answer(response, 201, { data: [{ id: "evt_other", cursor: "c", duplicate: false }] }),
  "a gateway answers 502 in HTML": (response) => void response.writeHead(502).end("<html>Bad gateway</html>"),
  "the server answers 500": (response) => refuse(response, 500, "internal", { retryable: true }),
  "the server answers 503": (response) => refuse(response, 503, "store-unavailable", { retryable: true }),
  "the server answers 429": (response) => refuse(response, 429, "overloaded"),
  "the server answers 408": (response) => refuse(response, 408, "request-timeout", { retryable: true }),
};

describe("publishing is done again, with the same id and the same bytes, when", () => {
  for (const [name, fail] of Object.entries(failures)) {
    it(name, async (context) => {
      const server = await aScriptedServer(context, (request, response) =>
        request.number <= 2 ? fail(response) : store(request, response),
      );
      const notices: RetryNotice[] = [];
      const client = new Trotline({
        url: server.url,
        timeoutMs: 100,
        retry: quick,
        onRetry: (notice) => notices.push(notice),
      });
      const published = await client.publish(event);
      assert.equal(server.requests.length, 3);
      const [first] = server.requests;
      assert.match(published.id, /^evt_/);
      for (const request of server.requests) assert.deepEqual(request.body, first?.body);
      assert.deepEqual(first?.body, [{ ...event, id: published.id }]);
      assert.deepEqual(
        notices.map(({ attempt, request }) => [attempt, request]),
        [
          [1, "POST /v1/events"],
          [2, "POST /v1/events"],
        ],
      );
    });
  }
});

describe("publishing", () => {
  it("leaves the server alone for as long as Retry-After says", async (context) => {
    const server = await aScriptedServer(context, (request, response) => {
      if (request.number > 1) store(request, response);
      else answer(response, 503, { code: "overloaded", detail: "Too much." }, { "retry-after": "1" });
    });
    await new Trotline({ url: server.url, retry: quick }).publish(event);
    const [first, second] = server.requests;
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 990);
  });

  it("is given up after as many attempts as allowed, with the server's last word", async (context) => {
    const server = await aScriptedServer(context, (_, response) =>
      refuse(response, 503, "store-full", { retryable: true, advice: "Free space." }),
    );
    const client = new Trotline({ url: server.url, retry: { ...quick, attemptsMax: 3 } });
    await assert.rejects(client.publish(event), (error: unknown) => {
      assert.ok(error instanceof TrotlineApiError);
      assert.equal(error.code, "store-full");
      assert.equal(error.status, 503);
      assert.equal(error.retryable, true);
      assert.equal(error.requestId, "req_1");
      return true;
    });
    assert.equal(server.requests.length, 3);
  });

  it("is given up when the time is up, also for events that waited behind a request that hangs", async (context) => {
    const server = await aScriptedServer(context, () => {});
    const client = new Trotline({ url: server.url, retry: { ...quick, totalMsMax: 300 } });
    const startMs = performance.now();
    const first = client.publish(event);
    const second = new Promise((resolve) => setTimeout(resolve, 50)).then(() => client.publish(event));
    await assert.rejects(first, TrotlineConnectionError);
    await assert.rejects(second, TrotlineConnectionError);
    assert.ok(performance.now() - startMs < 2000);
  });

  it("fails at once where nobody listens any more and the policy allows no second attempt", async () => {
    const url = await anAddressWhereNobodyListens();
    const client = new Trotline({ url, retry: { attemptsMax: 1 } });
    await assert.rejects(client.publish(event), (error: unknown) => {
      assert.ok(error instanceof TrotlineConnectionError);
      assert.match(error.message, /POST \/v1\/events: .*ECONNREFUSED/);
      return true;
    });
  });

  it("does not try again what the server refuses, and says what it said", async (context) => {
    const server = await aScriptedServer(context, (_, response) => refuse(response, 401, "unauthenticated"));
    await assert.rejects(new Trotline({ url: server.url, key: "k" }).publish(event), { code: "unauthenticated" });
    assert.equal(server.requests.length, 1);
    assert.equal(server.requests[0]?.headers.authorization, "Bearer k");
  });

  it("does not follow a redirect, which would make a GET of it, and shows the key to nobody else", async (context) => {
    const elsewhere = await aScriptedServer(context, store);
    const server = await aScriptedServer(context, (_, response) =>
      answer(response, 301, {}, { location: `${elsewhere.url}/v1/events` }),
    );
    await assert.rejects(new Trotline({ url: server.url, key: "k" }).publish(event), {
      code: "http-301",
      message: /redirects/,
    });
    assert.equal(server.requests.length, 1);
    assert.equal(elsewhere.requests.length, 0);
  });

  it("does not fill its memory with an answer that never ends", async (context) => {
    const server = await aScriptedServer(context, (_, response) => {
      const chunk = Buffer.alloc(1 << 20, " ");
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    const client = new Trotline({ url: server.url, retry: { attemptsMax: 1 } });
    await assert.rejects(client.publish(event), /more than 67108864 bytes/);
    await eventually("the connection is given up", () => server.givenUp === 1);
  });

  it("shows some of what a stranger answered, so that he can be found", async (context) => {
    const server = await aScriptedServer(
      context,
      (_, response) => void response.writeHead(403).end("<h1>Web  Application\nFirewall</h1>"),
    );
    await assert.rejects(new Trotline({ url: server.url }).publish(event), {
      code: "http-403",
      message: /Web Application Firewall/,
    });
  });
});

describe("many events that are published at once", () => {
  it("go in few requests, one at a time, in the order in which they were given", async (context) => {
    let open = 0;
    let openMost = 0;
    const server = await aScriptedServer(context, (request, response) => {
      open += 1;
      openMost = Math.max(openMost, open);
      setTimeout(() => {
        open -= 1;
        store(request, response);
      }, 5);
    });
    const client = new Trotline({ url: server.url });
    const ids = Array.from({ length: 2500 }, (_, index) => `e${index}`);
    const published = await Promise.all(ids.map((id) => client.publish({ ...event, id })));
    assert.deepEqual(
      published.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(
      server.requests.map(({ body }) => body.length),
      [1000, 1000, 500],
    );
    assert.deepEqual(
      server.requests.flatMap(({ body }) => body.map(({ id }: { id: string }) => id)),
      ids,
    );
    assert.equal(openMost, 1);
  });

  it("are divided where they are large", async (context) => {
    const server = await aScriptedServer(context, store);
    const client = new Trotline({ url: server.url });
    const data = "ü".repeat(1_000_000); // 2 MB as UTF-8
    await Promise.all(Array.from({ length: 7 }, () => client.publish({ type: "a", data })));
    assert.deepEqual(
      server.requests.map(({ body }) => body.length),
      [4, 3],
    );
  });

  it("keep their order around an array, which is a request of its own", async (context) => {
    const server = await aScriptedServer(context, store);
    const client = new Trotline({ url: server.url, tenant: "acme" });
    const one = (id: string) => ({ ...event, id });
    const answers = await Promise.all([
      client.publish(one("a")),
      client.publish(one("b")),
      client.publish([one("c"), { ...one("d"), tenant: "other" }]),
      client.publish(one("e")),
      client.publish([]),
    ]);
    assert.deepEqual(
      server.requests.map(({ body }) =>
        body.map(({ id, tenant }: { id: string; tenant: string }) => `${id} ${tenant}`),
      ),
      [["a acme", "b acme"], ["c acme", "d other"], ["e acme"]],
    );
    assert.deepEqual(
      answers[2].map(({ id }) => id),
      ["c", "d"],
    );
    assert.deepEqual(answers[4], []);
  });

  it("are sent without the one that the server names, and only that one is rejected", async (context) => {
    const server = await aScriptedServer(context, (request, response) => {
      const index = request.body.findIndex(({ id }: { id: string }) => id.startsWith("bad"));
      if (index === -1) store(request, response);
      else
        refuse(response, 400, "invalid-body", {
          errors: [{ index, code: "unknown-field", detail: "No.", field: "/x" }],
        });
    });
    const client = new Trotline({ url: server.url });
    const ids = ["a", "bad1", "b", "bad2", "c"];
    const results = await Promise.allSettled(ids.map((id) => client.publish({ ...event, id })));
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value.id : result.reason.code)),
      ["a", "unknown-field", "b", "unknown-field", "c"],
    );
    assert.deepEqual(
      server.requests.map(({ body }) => body.length),
      [5, 4, 3],
    );
  });

  it("are halved where the server does not say which one it means", async (context) => {
    const server = await aScriptedServer(context, (request, response) => {
      const isBad = request.body.some(({ id }: { id: string }) => id === "e5");
      if (isBad) refuse(response, 413, "body-too-large");
      else store(request, response);
    });
    const client = new Trotline({ url: server.url });
    const ids = Array.from({ length: 8 }, (_, index) => `e${index}`);
    const results = await Promise.allSettled(ids.map((id) => client.publish({ ...event, id })));
    assert.deepEqual(
      results.map(({ status }) => status === "fulfilled"),
      ids.map((id) => id !== "e5"),
    );
    const stored = server.requests.flatMap(({ body }) =>
      body.some(({ id }: { id: string }) => id === "e5") ? [] : body.map(({ id }: { id: string }) => id),
    );
    assert.deepEqual(
      stored,
      ids.filter((id) => id !== "e5"),
    );
  });

  it("all hear of a refusal that is about none of them, which is not repeated", async (context) => {
    const server = await aScriptedServer(context, (_, response) => refuse(response, 403, "forbidden"));
    const client = new Trotline({ url: server.url });
    const results = await Promise.allSettled([1, 2, 3].map(() => client.publish(event)));
    assert.deepEqual(
      results.map((result) => (result.status === "rejected" ? result.reason.code : "")),
      ["forbidden", "forbidden", "forbidden"],
    );
    assert.equal(server.requests.length, 1);
  });

  it("do not suffer from a server that names events which it was not sent", async (context) => {
    const server = await aScriptedServer(context, (request, response) => {
      if (request.body.length === 1) store(request, response);
      else refuse(response, 400, "invalid-body", { errors: [{ index: 99, code: "invalid-body", detail: "?" }] });
    });
    const client = new Trotline({ url: server.url });
    const published = await Promise.all(["a", "b", "c"].map((id) => client.publish({ ...event, id })));
    assert.deepEqual(
      published.map(({ id }) => id),
      ["a", "b", "c"],
    );
  });

  for (const [name, errors] of Object.entries({
    "an object": { type: ["is bad"] },
    "a text": "bad",
    "a list of nothing": [null],
    "a list that names what no list has": [{ index: "map", code: "c", detail: "d" }],
  })) {
    it(`hear of a refusal whose \`errors\` are ${name}, and the next ones are sent`, async (context) => {
      const server = await aScriptedServer(context, (request, response) => {
        if (request.body.some(({ id }: { id: string }) => id === "bad")) refuse(response, 400, "foreign", { errors });
        else store(request, response);
      });
      const client = new Trotline({ url: server.url });
      const results = await Promise.allSettled(["a", "bad", "c"].map((id) => client.publish({ ...event, id })));
      assert.deepEqual(
        results.map((result) => (result.status === "rejected" ? result.reason.code : result.value.id)),
        ["a", "foreign", "c"],
      );
      assert.equal((await client.publish({ ...event, id: "d" })).id, "d");
    });
  }

  it("are refused beyond the calls that may wait, for many small events fill the memory, too", async (context) => {
    const server = await aScriptedServer(context, store);
    const client = new Trotline({ url: server.url });
    const taken = Array.from({ length: 100_000 }, () => client.publish(event));
    await assert.rejects(client.publish(event), RangeError);
    await Promise.all(taken);
    await client.publish(event);
  });

  it("are refused beyond the bytes that may wait, and taken again once some are answered", async (context) => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await aScriptedServer(context, (request, response) => {
      void released.then(() => store(request, response));
    });
    const client = new Trotline({ url: server.url });
    const large = { type: "a", data: "x".repeat(4 * 1024 * 1024) };
    const taken: Promise<unknown>[] = [];
    let refused: unknown;
    for (let i = 0; i < 40 && refused === undefined; i++) {
      const publishing = client.publish(large);
      const turn = new Promise((resolve) => setImmediate(resolve, "taken"));
      const outcome = await Promise.race([publishing.catch((error: unknown) => error), turn]);
      if (outcome === "taken") taken.push(publishing);
      else refused = outcome;
    }
    assert.ok(refused instanceof RangeError, String(refused));
    assert.equal(taken.length, 31);
    release();
    await Promise.all(taken);
    await client.publish(event);
  });
});

describe("a publisher that gives up", () => {
  it("takes its event out of what waits, and the others go on", async (context) => {
    let release = (): void => {};
    const server = await aScriptedServer(context, (request, response) => {
      if (request.number > 1) store(request, response);
      else release = () => store(request, response);
    });
    const client = new Trotline({ url: server.url });
    const first = client.publish({ ...event, id: "a" });
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const controller = new AbortController();
    const second = client.publish({ ...event, id: "b" }, { signal: controller.signal });
    const third = client.publish({ ...event, id: "c" });
    controller.abort(new Error("no longer wanted"));
    await assert.rejects(second, /no longer wanted/);
    release();
    assert.equal((await first).id, "a");
    assert.equal((await third).id, "c");
    assert.deepEqual(
      server.requests.map(({ body }) => body.map(({ id }: { id: string }) => id)),
      [["a"], ["c"]],
    );
  });

  it("ends the request, once nobody waits for its answer", async (context) => {
    const server = await aScriptedServer(context, () => {});
    const client = new Trotline({ url: server.url });
    const controllers = [new AbortController(), new AbortController()];
    const publishing = controllers.map(({ signal }) => client.publish(event, { signal }));
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controllers[0]?.abort();
    await assert.rejects(publishing[0]!, { name: "AbortError" });
    assert.equal(server.givenUp, 0);
    controllers[1]?.abort();
    await assert.rejects(publishing[1]!, { name: "AbortError" });
    while (server.givenUp === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.requests.length, 1);
  });

  it("before it began sends nothing", async (context) => {
    const server = await aScriptedServer(context, store);
    const client = new Trotline({ url: server.url });
    await assert.rejects(client.publish(event, { signal: AbortSignal.abort() }), { name: "AbortError" });
    await client.publish({ ...event, id: "next" });
    assert.equal(server.requests.length, 1);
  });
});

describe("what cannot work", () => {
  it("is refused when the client is made, and not met as a failing network", () => {
    for (const url of ["", "example.com", "ftp://example.com", "http://u:p@example.com", "http://a/?x=1"]) {
      assert.throws(() => new Trotline({ url }), TypeError, url);
    }
    for (const key of ["", "two words", "line\n", "schlüssel"]) {
      assert.throws(() => new Trotline({ url: "http://a", key }), TypeError, key);
    }
    assert.throws(() => new Trotline({ url: "http://a", timeoutMs: 0 }), TypeError);
    assert.throws(() => new Trotline({ url: "http://a", retry: { attemptsMax: Number.NaN } }), TypeError);
  });

  it("is refused before anything is sent", async (context) => {
    const server = await aScriptedServer(context, store);
    const client = new Trotline({ url: server.url });
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await assert.rejects(client.publish({ type: "a", data: circular }), TypeError);
    await assert.rejects(client.publish({ type: "a", data: 1n }), TypeError);
    await assert.rejects(client.publish({ type: "a", data: undefined }), TypeError);
    assert.throws(() => client.endpoints.get(""), TypeError);
    assert.throws(() => client.consumers.get(".."), TypeError);
    assert.equal(server.requests.length, 0);
  });

  it("keeps the path of its URL, and writes ids so that they stay one part of it", async (context) => {
    const server = await aScriptedServer(context, (_, response) => answer(response, 200, { id: "x" }));
    const client = new Trotline({ url: `${server.url}/behind/a/proxy/` });
    await client.endpoints.get("../a b?c");
    assert.equal(server.requests[0]?.what, "GET /behind/a/proxy/v1/endpoints/..%2Fa%20b%3Fc");
  });
});
