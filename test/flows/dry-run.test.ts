/** Seeing what an endpoint would be sent, over HTTP: of real events, and without sending anything. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { Trotline } from "../../src/sdk/client.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer } from "./a-server.ts";

async function aDryRun(context: TestContext, settings: object = {}) {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context, { app: { publicUrl: "https://trotline.example.com" } });
  const { ask } = server;
  await ask("POST /v1/events", {
    raw: '[{"type":"order.paid","id":"e1","data":{"amount":12345678901234567890}},{"type":"other","id":"e2","data":2}]',
  });
  const url = `${receiver.url}/hook?token=t`;
  const created = await ask("POST /v1/endpoints", { body: { url, headers: { "x-team": "a" }, ...settings } });
  assert.equal(created.status, 201, created.text);
  const { id } = created.body;
  const dryRun = (body: object) => ask(`POST /v1/endpoints/${id}/transform/dry-run`, { body });
  return { server, receiver, id, url, dryRun, secret: created.body.secrets[0] as string };
}

describe("a dry run", () => {
  it("shows the exact request but for what signs it, and sends nothing", async (context) => {
    const { dryRun, receiver, url, secret } = await aDryRun(context);
    const answer = await dryRun({ event_id: "e1" });
    assert.equal(answer.status, 200, answer.text);
    const [{ request, ...rest }] = answer.body.data;
    assert.deepEqual(rest, {
      event_id: "e1",
      event_type: "order.paid",
      skipped: false,
      error_class: null,
      error_detail: null,
    });
    assert.equal(request.method, "POST");
    assert.equal(request.url, url);
    assert.match(request.body, /"data":\{"amount":12345678901234567890\}\}$/);
    const { "webhook-timestamp": timestamp, ...headers } = request.headers;
    assert.match(timestamp, /^\d+$/);
    assert.deepEqual(headers, {
      "content-type": "application/json",
      "user-agent": "Trotline/1 (webhook)",
      "x-team": "a",
      "webhook-id": "e1",
      "webhook-signature": "…",
    });
    assert.ok(!answer.text.includes(secret));
    assert.equal(receiver.requests.length, 0);
  });

  for (const header of ["trotline-signature", "ce-signature", "webhook-timestamp"]) {
    it(`does not show a signature whose header is ${header}`, async (context) => {
      const signing = { scheme: "hmac", header, headers: {} };
      const { dryRun } = await aDryRun(context, { signing, secrets: ["a secret of this receiver's"] });
      const [{ request }] = (await dryRun({ event_id: "e1" })).body.data;
      assert.equal(request.headers[header], "…");
    });
  }

  it("tries a transform and a format before they are set", async (context) => {
    const { dryRun, server, id } = await aDryRun(context);
    const answer = await dryRun({ event_id: "e2", transform: '{"twice": data * 2}', format: "cloudevents" });
    const [{ request }] = answer.body.data;
    assert.equal(request.headers["content-type"], "application/cloudevents+json");
    assert.deepEqual(JSON.parse(request.body).data, { twice: 4 });
    const endpoint = (await server.ask(`GET /v1/endpoints/${id}`)).body;
    assert.deepEqual([endpoint.transform, endpoint.format], [null, "standard"]);
  });

  it("shows a failure as the attempt would have it, and an event that is left out", async (context) => {
    const { dryRun } = await aDryRun(context, { transform: "$skip()" });
    const [skipped] = (await dryRun({ event_id: "e1" })).body.data;
    assert.deepEqual([skipped.skipped, skipped.request], [true, null]);
    const [failed] = (await dryRun({ event_id: "e1", transform: "data.amount.b * 'x'" })).body.data;
    assert.deepEqual([failed.error_class, failed.request, failed.skipped], ["transform", null, false]);
    assert.ok(failed.error_detail.length > 10);
  });

  it("takes the newest events that the endpoint's types take", async (context) => {
    const { dryRun, server } = await aDryRun(context, { types: ["order.*"] });
    const more = Array.from({ length: 30 }, (_, data) => ({ type: data % 2 ? "order.more" : "other", data }));
    await server.ask("POST /v1/events", { body: more });
    const { data } = (await dryRun({ last: 3 })).body;
    assert.deepEqual(
      data.map(({ request }: { request: { body: string } }) => JSON.parse(request.body).data),
      [29, 27, 25],
    );
    assert.equal((await dryRun({})).body.data.length, 1);
  });

  it("of events that are long as XML answers with no more than a page has room for", async (context) => {
    const { server, dryRun } = await aDryRun(context);
    for (let index = 0; index < 4; index++) {
      await server.ask("POST /v1/events", { body: { type: "long", data: new Array(100_000).fill(1) } });
    }
    const answer = await dryRun({ last: 4, format: "xml" });
    assert.equal(answer.body.data.length, 1);
    assert.ok(answer.text.length < 2 * limits.pageBytes, `${answer.text.length}`);
  });

  it("shows the query of GET, an array for a batch, and no credentials", async (context) => {
    const { dryRun, server, id } = await aDryRun(context, { method: "GET", format: "raw" });
    const [{ request }] = (await dryRun({ event_id: "e1" })).body.data;
    assert.ok(request.url.endsWith("/hook?token=t&amount=12345678901234567890"), request.url);
    assert.equal(request.body, "");
    const batch = { max_events: 5, max_wait_ms: 10 };
    const authorization = { type: "bearer", token: "very-secret-token" };
    const change = { method: "POST", format: "standard", batch, authorization };
    assert.equal((await server.ask(`PATCH /v1/endpoints/${id}`, { body: change })).status, 200);
    const answer = await dryRun({ event_id: "e1" });
    const shown = answer.body.data[0].request;
    assert.equal(JSON.parse(shown.body).length, 1);
    assert.match(shown.headers["webhook-id"], /^batch_/);
    assert.equal(shown.headers.authorization, "…");
    assert.ok(!answer.text.includes("very-secret-token"));
  });

  it("refuses what could not be set, and events that are not there", async (context) => {
    const { dryRun } = await aDryRun(context);
    const refusal = async (body: object): Promise<[string, string | undefined]> => {
      const answer = await dryRun(body);
      return [answer.body.code, answer.body.field];
    };
    assert.deepEqual(await refusal({ transform: "{{" }), ["transform-invalid", "/transform"]);
    assert.deepEqual(await refusal({ event_id: "nope" }), ["event-not-found", undefined]);
    assert.deepEqual(await refusal({ event_id: "e1", last: 2 }), ["invalid-body", "/last"]);
    assert.deepEqual(await refusal({ last: limits.dryRunEvents + 1 }), ["invalid-body", "/last"]);
    assert.deepEqual(await refusal({ format: "yaml" }), ["invalid-body", "/format"]);
    assert.deepEqual(await refusal({ format: "thin", transform: "data" }), ["invalid-body", "/transform"]);
  });
});

describe("the settings of what an endpoint is sent", () => {
  it("are read as they were set, and changed one by one", async (context) => {
    const { server, id } = await aDryRun(context);
    const defaults = { method: "POST", format: "standard", compression: "none", batch: null, transform: null };
    const read = async () => {
      const { method, format, compression, batch, transform } = (await server.ask(`GET /v1/endpoints/${id}`)).body;
      return { method, format, compression, batch, transform };
    };
    assert.deepEqual(await read(), defaults);
    const change = { compression: "br", batch: { max_events: 64, max_wait_ms: 0 }, transform: "data" };
    await server.ask(`PATCH /v1/endpoints/${id}`, { body: change });
    assert.deepEqual(await read(), { ...defaults, ...change });
    await server.ask(`PATCH /v1/endpoints/${id}`, { body: { batch: null, transform: null } });
    assert.deepEqual(await read(), { ...defaults, compression: "br" });
  });

  it("are refused in a sentence that people can read", async (context) => {
    const { ask } = await aServer(context);
    const detail = async (settings: object): Promise<string> =>
      (await ask("POST /v1/endpoints", { body: { url: "https://example.com", ...settings } })).body.detail;
    assert.equal(await detail({ transform: "" }), "`/transform` must not have fewer than 1 characters or be null.");
    assert.equal(await detail({ transform: 5 }), "`/transform` must be string or null.");
  });

  it("are refused beyond their bounds, each with its member", async (context) => {
    const { server } = await aDryRun(context);
    for (const [settings, code, field] of [
      [{ format: "json" }, "invalid-body", "/format"],
      [{ method: "DELETE" }, "invalid-body", "/method"],
      [{ compression: "deflate" }, "invalid-body", "/compression"],
      [{ batch: { max_events: 1, max_wait_ms: 0 } }, "invalid-body", "/batch/max_events"],
      [{ batch: { max_events: 513, max_wait_ms: 0 } }, "invalid-body", "/batch/max_events"],
      [{ batch: { max_events: 65, max_wait_ms: 0 } }, "invalid-body", "/batch/max_events"],
      [{ batch: { max_events: 2, max_wait_ms: 10_001 } }, "invalid-body", "/batch/max_wait_ms"],
      [{ transform: "" }, "invalid-body", "/transform"],
      [{ transform: "x".repeat(limits.transformLength + 1) }, "invalid-body", "/transform"],
      [{ transform: "data.(" }, "transform-invalid", "/transform"],
    ] as const) {
      const answer = await server.ask("POST /v1/endpoints", { body: { url: "https://example.com/", ...settings } });
      assert.deepEqual([answer.body.code, answer.body.field], [code, field], JSON.stringify(settings));
    }
    const elsewhere = await aServer(context);
    const thin = { url: "https://example.com/", format: "thin" };
    const answer = await elsewhere.ask("POST /v1/endpoints", { body: thin });
    assert.deepEqual([answer.status, answer.body.code, answer.body.field], [400, "public-url-missing", "/format"]);
  });
});

describe("a dry run of an endpoint that is not made yet", () => {
  const url = "POST /v1/transforms/dry-run";

  it("shows what it would be sent, of the events that its types take", async (context) => {
    const { server } = await aDryRun(context);
    const answer = await server.ask(url, { body: { transform: '{"was": data}', types: ["order.*"], last: 5 } });
    assert.equal(answer.status, 200, answer.text);
    const shown = answer.body.data.map((one: { event_id: string; request: { method: string; body: string } }) => [
      one.event_id,
      one.request.method,
      JSON.parse(one.request.body).data,
    ]);
    assert.deepEqual(shown, [["e1", "POST", { was: { amount: 12345678901234567000 } }]]);
    const { body } = await server.ask(url, { body: { transform: "$skip()", event_id: "e2" } });
    assert.deepEqual([body.data[0].skipped, body.data[0].request], [true, null]);
    const client = new Trotline({ url: server.url, key: server.key });
    const { data } = await client.endpoints.dryRunOfDraft({ eventId: "e2", format: "raw", transform: "data + 1" });
    assert.equal(data[0]?.request?.body, "3");
    assert.equal((await server.ask("GET /v1/endpoints")).body.data.length, 1);
  });

  it("refuses what an endpoint could not be made with", async (context) => {
    const { server } = await aDryRun(context);
    const refused = async (body: object) => {
      const answer = await server.ask(url, { body });
      return [answer.status, answer.body.code, answer.body.field];
    };
    assert.deepEqual(await refused({ transform: "data." }), [400, "transform-invalid", "/transform"]);
    assert.deepEqual(await refused({ types: ["order..paid"] }), [400, "invalid-body", "/types/0"]);
    assert.deepEqual(await refused({ event_id: "e1", last: 1 }), [400, "invalid-body", "/last"]);
    assert.deepEqual(await refused({ event_id: "e9" }), [404, "event-not-found", undefined]);
  });

  it("keeps a key of one tenant to that tenant's events", async (context) => {
    const { server } = await aDryRun(context);
    const made = { name: "acme", scopes: ["manage"], tenant: "acme" };
    const { key } = (await server.ask("POST /v1/keys", { body: made })).body;
    const own = await server.ask(url, { body: { event_id: "e1" }, key });
    assert.deepEqual([own.status, own.body.code], [404, "event-not-found"]);
    const other = await server.ask(url, { body: { event_id: "e1", tenant: "default" }, key });
    assert.deepEqual([other.status, other.body.code], [403, "tenant-refused"]);
  });
});
