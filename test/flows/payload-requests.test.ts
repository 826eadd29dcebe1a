/** Methods, compression and transforms, as a real receiver meets them. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { Webhook } from "standardwebhooks";
import type { App } from "../../src/app.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { hmacDefaults } from "../../src/core/endpoint-signing.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

let app: App;
let receiver: TestReceiver;
before(async () => {
  app = await anApp({ publicUrl: "https://trotline.example.com" });
  receiver = await startTestReceiver();
});
after(async () => {
  await app.close();
  await receiver.close();
});

const endpoints: Endpoint[] = [];
afterEach(async () => {
  for (const { id } of endpoints.splice(0)) await app.registry.deleteEndpoint(id);
});

async function anEndpoint(settings: object): Promise<Endpoint> {
  const { head } = app.store.events.bounds();
  const wanted = { tenant: "default", url: `${receiver.url}/hook`, retry: { delaysMs: [] }, ...settings };
  const endpoint = await app.registry.createEndpoint(wanted, head);
  endpoints.push(endpoint);
  return endpoint;
}

async function deliver(event: object): Promise<ReceivedRequest> {
  const seen = receiver.requests.length;
  await publish(app, { type: "order.paid", ...event });
  return eventually("delivered", () => receiver.requests[seen]);
}

/** The attempt that settled the last event. */
async function lastAttempt(endpoint: Endpoint) {
  const { head } = app.store.events.bounds();
  return eventually("attempted", async () => {
    await app.dispatcher.journal.flushed();
    const query = { endpointNumber: endpoint.number, position: head, limit: 1 };
    const [attempt] = await app.store.journal.attempts(query);
    return attempt;
  });
}

describe("methods", () => {
  for (const method of ["PUT", "PATCH"] as const) {
    it(`${method} carries the body as POST does`, async () => {
      await anEndpoint({ method });
      const request = await deliver({ data: { a: 1 } });
      assert.equal(request.method, method);
      assert.deepEqual(JSON.parse(request.body.toString()).data, { a: 1 });
    });
  }

  it("GET carries the event in the query, behind what the URL has, and signs it", async () => {
    const endpoint = await anEndpoint({ method: "GET", url: `${receiver.url}/hook?token=t` });
    const request = await deliver({ data: { a: [1, "b c"] } });
    assert.equal(request.method, "GET");
    assert.equal(request.body.length, 0);
    assert.equal(request.headers["content-type"], undefined);
    assert.equal(request.headers["content-length"], undefined);
    const [path, query = ""] = request.path.split("?");
    assert.equal(path, "/hook");
    const found = Object.fromEntries(new URLSearchParams(query));
    assert.deepEqual(
      { ...found, id: "", timestamp: "" },
      { token: "t", id: "", type: "order.paid", timestamp: "", "data[a][0]": "1", "data[a][1]": "b c" },
    );
    const headers = request.headers as Record<string, string>;
    new Webhook(endpoint.secrets[0] ?? "").verify(query, headers, { jsonParse: false } as never);
    assert.throws(() => new Webhook(endpoint.secrets[0] ?? "").verify(`${query}&x=1`, headers));
  });

  it("GET of the format raw carries the members of the data", async () => {
    await anEndpoint({ method: "GET", format: "raw" });
    const request = await deliver({ data: { a: 1, b: { c: true } } });
    assert.equal(request.path, "/hook?a=1&b%5Bc%5D=true");
    assert.equal(request.headers["trotline-event-type"], "order.paid");
  });

  for (const [search, data, sent] of [
    ["?", { a: 1 }, "/hook?a=1"],
    ["", {}, "/hook"],
    ["?", {}, "/hook"],
    ["?t=1", {}, "/hook?t=1"],
  ] as const) {
    it(`GET of ${JSON.stringify(data)} to a URL with "${search}" signs the URL that the receiver sees`, async () => {
      const secret = "a secret of this receiver's";
      const signing = { ...hmacDefaults, scheme: "hmac", header: "x-signature", content: "{url}" } as const;
      const url = `${receiver.url}/hook${search}`;
      const endpoint = await anEndpoint({ method: "GET", format: "raw", url, signing, secrets: [secret] });
      const request = await deliver({ data });
      assert.equal(request.path, sent);
      const expected = createHmac("sha256", secret).update(`${receiver.url}${sent}`).digest("hex");
      assert.equal(request.headers["x-signature"], expected);
      assert.equal(endpoint.url, url);
    });
  }

  it("GET of an event that no query has room for is a failed attempt that says so", async () => {
    const endpoint = await anEndpoint({ method: "GET" });
    await publish(app, { type: "order.paid", data: "x".repeat(9000) });
    const attempt = await lastAttempt(endpoint);
    assert.equal(attempt.errorClass, "payload");
    assert.match(attempt.errorDetail ?? "", /as a query would be longer than 8192 bytes/);
    assert.equal(attempt.status, null);
  });
});

describe("compression", () => {
  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
  for (const compression of ["gzip", "br", "zstd"] as const) {
    it(`${compression} makes the body small, and is signed as it was before`, async () => {
      const endpoint = await anEndpoint({ compression });
      const request = await deliver({ data: "again ".repeat(10_000) });
      assert.equal(request.headers["content-encoding"], compression);
      assert.equal(request.headers["content-length"], String(request.body.length));
      assert.ok(request.body.length < 2000);
      const body = decoders[compression](request.body).toString();
      assert.equal(JSON.parse(body).data.length, 60_000);
      new Webhook(endpoint.secrets[0] ?? "").verify(body, request.headers as Record<string, string>);
    });
  }
});

describe("a transform of an endpoint", () => {
  it("makes the data of what it sends, and leaves the event as it is for others", async () => {
    await anEndpoint({ transform: '{"cents": data.amount * 100, "for": subject}' });
    await anEndpoint({ url: `${receiver.url}/other` });
    const seen = receiver.requests.length;
    await publish(app, { type: "order.paid", subject: "o1", data: { amount: 2 } });
    await eventually("both", () => receiver.requests.length === seen + 2);
    const bodies = Object.fromEntries(
      receiver.requests.slice(seen).map(({ path, body }) => [path, JSON.parse(body.toString()).data]),
    );
    assert.deepEqual(bodies, { "/hook": { cents: 200, for: "o1" }, "/other": { amount: 2 } });
  });

  it("that leaves an event out settles its delivery, and sends nothing", async () => {
    const endpoint = await anEndpoint({ transform: "data.amount > 1 ? data : $skip()" });
    const seen = receiver.requests.length;
    await publish(app, { type: "order.paid", data: { amount: 1 } });
    const attempt = await lastAttempt(endpoint);
    assert.equal(attempt.errorClass, null);
    assert.match(Buffer.from(attempt.responseBody).toString(), /left the event out/);
    assert.equal(JSON.parse((await deliver({ data: { amount: 2 } })).body.toString()).data.amount, 2);
    assert.equal(receiver.requests.length, seen + 1);
  });

  it("that fails is a failed attempt, retried by schedule, and well once it is corrected", async () => {
    const endpoint = await anEndpoint({ transform: "data.items * 2", retry: { delaysMs: [300, 300, 300] } });
    const seen = receiver.requests.length;
    await publish(app, { type: "order.paid", data: { items: ["a"] } });
    const attempt = await lastAttempt(endpoint);
    assert.equal(attempt.errorClass, "transform");
    assert.match(attempt.errorDetail ?? "", /left side/i);
    assert.equal(receiver.requests.length, seen);
    await app.registry.changeEndpoint(endpoint.id, { transform: "$count(data.items)" });
    const request = await eventually("the retry", () => receiver.requests[seen]);
    assert.equal(JSON.parse(request.body.toString()).data, 1);
  });

  it("that never ends holds up no other endpoint, nor the server", async () => {
    const bomb = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)';
    const hanging = await anEndpoint({ transform: bomb });
    await anEndpoint({ url: `${receiver.url}/other` });
    const seen = receiver.requests.length;
    await publish(
      app,
      [1, 2, 3].map((data) => ({ type: "order.paid", data })),
    );
    await eventually("the others", () => receiver.requests.length === seen + 3);
    assert.equal((await lastAttempt(hanging)).errorClass, "transform");
  });
});

describe("settings that do not go together", () => {
  const refusal = async (settings: object): Promise<[string, string | undefined]> => {
    try {
      await anEndpoint(settings);
    } catch (error) {
      assert.ok(error instanceof TrotlineError, String(error));
      return [error.code, error.extras.field];
    }
    return assert.fail("it was taken");
  };
  const batch = { maxEvents: 10, maxWaitMs: 10 };

  it("are refused, each with the member that it is about", async () => {
    assert.deepEqual(await refusal({ method: "GET", format: "xml" }), ["invalid-body", "/method"]);
    assert.deepEqual(await refusal({ method: "GET", compression: "gzip" }), ["invalid-body", "/compression"]);
    assert.deepEqual(await refusal({ method: "GET", batch }), ["invalid-body", "/batch"]);
    assert.deepEqual(await refusal({ format: "form", batch }), ["invalid-body", "/batch"]);
    assert.deepEqual(await refusal({ ordering: "key", batch }), ["invalid-body", "/batch"]);
    assert.deepEqual(await refusal({ maxInFlight: 9, batch }), ["invalid-body", "/batch/max_events"]);
    assert.deepEqual(await refusal({ format: "thin", transform: "data" }), ["invalid-body", "/transform"]);
    assert.deepEqual(await refusal({ transform: "{{" }), ["transform-invalid", "/transform"]);
    const binary = { format: "cloudevents-binary", headers: { "CE-Id": "another" } };
    assert.deepEqual(await refusal(binary), ["header-refused", "/headers/CE-Id"]);
    const raw = { format: "raw", headers: { "trotline-event-id": "another" } };
    assert.deepEqual(await refusal(raw), ["header-refused", "/headers/trotline-event-id"]);
  });

  it("are refused when a change puts them together, and not when it is about something else", async () => {
    const endpoint = await anEndpoint({ batch });
    const change = (settings: object) => app.registry.changeEndpoint(endpoint.id, settings);
    await assert.rejects(change({ format: "raw" }), { code: "invalid-body" });
    await assert.rejects(change({ maxInFlight: 5 }), { code: "invalid-body" });
    await assert.rejects(change({ ordering: "strict" }), { code: "invalid-body" });
    await change({ headers: { "ce-source": "ours" } });
    await assert.rejects(change({ batch: null, format: "cloudevents-binary" }), { code: "header-refused" });
    await change({ description: "still itself" });
    await change({ batch: null, format: "raw" });
  });

  it("a thin delivery needs a public URL to name", async () => {
    const other = await anApp();
    try {
      const wanted = { tenant: "default", url: receiver.url, format: "thin" } as const;
      await assert.rejects(other.registry.createEndpoint(wanted, 0), { code: "public-url-missing" });
      const endpoint = await other.registry.createEndpoint({ tenant: "default", url: receiver.url }, 0);
      await assert.rejects(other.registry.changeEndpoint(endpoint.id, { format: "thin" }), {
        code: "public-url-missing",
      });
    } finally {
      await other.close();
    }
  });
});
