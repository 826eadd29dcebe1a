/** Handshakes over HTTP: answered without an event, noted as receipts, and nothing of a stranger's is repeated. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { it } from "node:test";
import type { App } from "../../src/app.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Source } from "../../src/core/source.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer } from "./a-server.ts";
import { aSource } from "./a-source.ts";

const secret = "0123456789abcdef0123456789abcdef";
const preset = (name: string, settings: Record<string, string> = {}) => ({ preset: name, settings });

const eventsOf = async (app: App) =>
  (await app.store.events.read({ after: 0, limit: 100, bytesMax: 1e9, tenant: "default" })).events;

const outcomesOf = (app: App, { number }: Source, count: number) =>
  eventually("receipts", async () => {
    const receipts = await app.sources.receipts({ sourceNumber: number, before: null, limit: 100 });
    return receipts.length >= count && receipts.map(({ outcome }) => outcome).toReversed();
  });

async function asked(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const { status, headers } = response;
  return {
    status,
    headers,
    type: headers.get("content-type"),
    sniff: headers.get("x-content-type-options"),
    text: await response.text(),
  };
}

it("a challenge is repeated as plain text to its provider, and to nobody else", async (context) => {
  const { app, url } = await aServer(context);
  const scheme = preset("meta", { verify_token: "meatyhamhock" });
  const source = await aSource(app, { name: "fb", scheme, secret: { value: secret } });
  const at = (token: string, challenge: string) =>
    `${url}/in/fb?${new URLSearchParams({ "hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge })}`;
  const good = await asked(at("meatyhamhock", "1158201444"));
  assert.deepEqual(
    [good.status, good.type, good.sniff, good.text],
    [200, "text/plain; charset=utf-8", "nosniff", "1158201444"],
  );
  for (const [token, challenge] of [
    ["other", "1158201444"],
    ["meatyhamhock", "<script>alert(1)</script>"],
    ["meatyhamhock", "a\r\nset-cookie: a=b"],
  ] as const) {
    const answer = await asked(at(token, challenge));
    assert.equal(answer.status, 401);
    assert.match(answer.type ?? "", /^application\/problem\+json/);
    assert.equal(answer.headers.get("set-cookie"), null);
    assert.ok(!answer.text.includes("1158201444") && !answer.text.includes("script") && !answer.text.includes("meaty"));
  }
  assert.deepEqual(await outcomesOf(app, source, 4), ["handshake", "rejected", "rejected", "rejected"]);
  assert.deepEqual(await eventsOf(app), []);
  // Without a handshake in it, a method that the source does not take stays one.
  assert.equal((await asked(`${url}/in/fb`)).status, 401);
});

it("what is asked with OPTIONS and HEAD is answered where the source's scheme asks so", async (context) => {
  const { app, url } = await aServer(context);
  const settings = { origins: "eventemitter.example.com", rate: "120" };
  await aSource(app, { name: "ce", scheme: preset("cloudevents", settings), secret: { value: secret } });
  await aSource(app, { name: "ic", scheme: preset("intercom", { token: "a-token" }), secret: { value: secret } });
  const headers = { "webhook-request-origin": "eventemitter.example.com" };
  const allowed = await asked(`${url}/in/ce?access_token=${secret}`, { method: "OPTIONS", headers });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers.get("webhook-allowed-origin"), "eventemitter.example.com");
  assert.equal(allowed.headers.get("webhook-allowed-rate"), "120");
  const refused = await asked(`${url}/in/ce`, { method: "OPTIONS", headers });
  assert.deepEqual([refused.status, refused.headers.get("webhook-allowed-origin")], [401, null]);
  assert.equal((await asked(`${url}/in/ic?token=a-token`, { method: "HEAD" })).status, 200);
  assert.equal((await asked(`${url}/in/ic`, { method: "HEAD" })).status, 401);
  assert.deepEqual(await eventsOf(app), []);
});

it("a signed handshake is answered as JSON, and its like without a signature is not", async (context) => {
  const { app, url } = await aServer(context);
  await aSource(app, { name: "zm", scheme: preset("zoom"), secret: { value: secret } });
  const body = JSON.stringify({ event: "endpoint.url_validation", payload: { plainToken: "qgg8vlvZRS6UYooatFL8Aw" } });
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
  const headers = { "x-zm-request-timestamp": String(seconds), "x-zm-signature": `v0=${signature}` };
  const answer = await asked(`${url}/in/zm`, { method: "POST", body, headers });
  const encryptedToken = createHmac("sha256", secret).update("qgg8vlvZRS6UYooatFL8Aw").digest("hex");
  assert.equal(answer.status, 200);
  assert.match(answer.type ?? "", /^application\/json/);
  assert.deepEqual(JSON.parse(answer.text), { plainToken: "qgg8vlvZRS6UYooatFL8Aw", encryptedToken });
  const bare = await asked(`${url}/in/zm`, { method: "POST", body });
  assert.equal(bare.status, 401);
  assert.ok(!bare.text.includes(encryptedToken));
  assert.deepEqual(await eventsOf(app), []);
});

it("the secret that Asana brings is kept before it is sent back, once, and verifies from then on", async (context) => {
  const { app, url } = await aServer(context);
  await aSource(app, { name: "as", scheme: preset("asana", { handshake: "accept", token: "a-token" }) });
  const sent = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
  const handshake = (value: string, query = "?token=a-token") =>
    asked(`${url}/in/as${query}`, { method: "POST", headers: { "x-hook-secret": value } });
  assert.equal((await handshake(sent, "")).status, 401);
  const both = await Promise.all([handshake(sent), handshake("another-secret-of-another")]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
  const kept = both.find(({ status }) => status === 200)?.headers.get("x-hook-secret") ?? assert.fail();
  assert.equal((await handshake("a-third-secret-of-others")).status, 401);
  const body = '{"events":[]}';
  const deliver = (key: string) => {
    const signature = createHmac("sha256", key).update(body).digest("hex");
    return asked(`${url}/in/as`, { method: "POST", body, headers: { "x-hook-signature": signature } });
  };
  assert.equal((await deliver(kept)).status, 200);
  assert.equal((await deliver("a-third-secret-of-others")).status, 401);
  assert.equal((await eventsOf(app)).length, 1);
});

it("a request whose certificate cannot be had just now is to be sent again", async (context) => {
  const failed: AttemptResult = {
    status: null,
    errorClass: "connection_failed",
    errorDetail: "There is no route to the receiver.",
    durationMs: 0,
    responseBody: new Uint8Array(0),
    responseTruncated: false,
    retryAfterMs: null,
  };
  const sender = { send: async () => failed, abortAll: () => {}, close: async () => {} };
  const { app, url } = await aServer(context, { app: { machine: { sender } } });
  const topic = "arn:aws:sns:us-east-1:123456789012:orders";
  await aSource(app, { name: "sns", scheme: preset("aws-sns", { topic_arn: topic }) });
  const said = {
    Type: "Notification",
    MessageId: "m-1",
    TopicArn: topic,
    Message: "hello",
    Timestamp: new Date().toISOString(),
    SignatureVersion: "1",
    Signature: Buffer.alloc(256).toString("base64"),
    SigningCertURL: `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-${"0".repeat(32)}.pem`,
  };
  const send = (message: object) => asked(`${url}/in/sns`, { method: "POST", body: JSON.stringify(message) });
  const answer = await send(said);
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  assert.equal((await send({ ...said, SigningCertURL: "https://evil.com/x.pem" })).status, 401);
  assert.deepEqual(await eventsOf(app), []);
});

it("credentials among a source's settings are in no read", async (context) => {
  const { app, ask } = await aServer(context);
  await aSource(app, {
    name: "fb",
    scheme: preset("meta", { verify_token: "meatyhamhock" }),
    secret: { value: secret },
  });
  for (const path of ["GET /v1/sources", "GET /v1/sources/fb"]) {
    const { status, text } = await ask(path);
    assert.deepEqual([status, text.includes("meatyhamhock")], [200, false]);
  }
});
