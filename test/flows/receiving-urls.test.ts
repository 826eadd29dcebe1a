/** Schemes that sign the URL: it is what the provider wrote, which this server must know, and not what anybody says. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { it } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Sender } from "../../src/core/ports.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import { aServer } from "./a-server.ts";
import { aSource, sendRaw } from "./a-source.ts";

const secret = "0123456789abcdef0123456789abcdef";
const fromProxy = { "x-forwarded-proto": "https", "x-forwarded-host": "hooks.test" };

it("a URL that is signed is the public one, or the one that trusted proxies tell, and no other", async (context) => {
  const signer = presets.get("twilio")?.signer ?? assert.fail();
  const status = async (app: Partial<AppOptions>, headers: Record<string, string>): Promise<number> => {
    const server = await aServer(context, { app });
    await aSource(server.app, { name: "tw", scheme: { preset: "twilio", settings: {} }, secret: { value: secret } });
    const draft = {
      method: "POST",
      url: "https://hooks.test/in/tw/tail?a=1",
      headers: ["content-type", "application/x-www-form-urlencoded"],
      body: Buffer.from("Body=hi&MessageSid=SM1"),
      deliveryId: "d-1",
      type: "event",
    };
    const request = signer.sign(draft, { signingKey: secret, nowMs: Date.now(), settings: {} });
    const pairs: [string, string][] = Object.entries(headers);
    for (let index = 0; index < request.headers.length; index += 2) {
      pairs.push([request.headers[index] ?? "", request.headers[index + 1] ?? ""]);
    }
    const url = `${server.url}/in/tw/tail?a=1`;
    return (await fetch(url, { method: "POST", headers: pairs, body: Buffer.from(request.body) })).status;
  };
  assert.equal(await status({ publicUrl: "https://hooks.test" }, {}), 200);
  assert.equal(await status({ trustedProxies: ["loopback"] }, fromProxy), 200);
  assert.equal(await status({}, fromProxy), 401);
  assert.equal(await status({ trustedProxies: ["192.0.2.1"] }, fromProxy), 401);
});

it("a request line with a whole URL has its path from it and nothing else; a host that stands twice is none", async (context) => {
  const { app, url } = await aServer(context);
  await aSource(app, { name: "tw", scheme: { preset: "twilio", settings: {} }, secret: { value: secret } });
  const signer = presets.get("twilio")?.signer ?? assert.fail();
  const draft = {
    method: "POST",
    url: "http://own.test/in/tw?a=1",
    headers: ["content-type", "application/x-www-form-urlencoded", "connection", "close"],
    body: Buffer.from("Body=hi&MessageSid=SM1"),
    deliveryId: "d-1",
    type: "event",
  };
  const { headers, body } = signer.sign(draft, { signingKey: secret, nowMs: Date.now(), settings: {} });
  const lines = headers.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
  const status = async (target: string, hosts: string): Promise<string> => {
    const head = `POST ${target} HTTP/1.1\r\n${hosts}content-length: ${body.length}\r\n${lines}\r\n`;
    return (await sendRaw(url, head + Buffer.from(body).toString())).slice(9, 12);
  };
  assert.equal(await status("/in/tw?a=1", "host: own.test\r\n"), "200");
  assert.equal(await status("http://own.test/in/tw?a=1", "host: own.test\r\n"), "200");
  assert.equal(await status("http://other.test/in/tw?a=1", "host: own.test\r\n"), "200");
  assert.equal(await status("http://own.test/in/tw?a=1", "host: other.test\r\n"), "401");
  assert.equal(await status("/in/tw?a=1", "host: own.test\r\nhost: own.test\r\n"), "401");
});

it("a body that the scheme itself cannot read is 400", async (context) => {
  const { app, url } = await aServer(context);
  const settings = { topic_arn: "arn:aws:sns:us-east-1:123456789012:t" };
  await aSource(app, { name: "sns", scheme: { preset: "aws-sns", settings } });
  const response = await fetch(`${url}/in/sns`, { method: "POST", body: "no JSON" });
  assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [400, "body-unparsable"]);
});

it("what is needed from the provider and cannot be had is 503 with a time to come again: it is nobody's fault", async (context) => {
  const unreachable: AttemptResult = {
    status: null,
    errorClass: "dns",
    errorDetail: "no such name",
    durationMs: 1,
    responseBody: new Uint8Array(0),
    responseTruncated: false,
    retryAfterMs: null,
  };
  const sender: Sender = { send: async () => unreachable, abortAll: () => {}, close: async () => {} };
  const { app, url } = await aServer(context, { app: { machine: { sender } } });
  const settings = { topic_arn: "arn:aws:sns:us-east-1:123456789012:t" };
  await aSource(app, { name: "sns", scheme: { preset: "aws-sns", settings } });
  const signer = presets.get("aws-sns")?.signer ?? assert.fail();
  const { signingKey } = signer.makeSecret(randomBytes);
  const draft = {
    method: "POST",
    url: `${url}/in/sns`,
    headers: [],
    body: Buffer.from("{}"),
    deliveryId: "d",
    type: "t",
  };
  const { body } = signer.sign(draft, { signingKey, nowMs: Date.now(), settings });
  const response = await fetch(draft.url, { method: "POST", body: Buffer.from(body) });
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "2"]);
  assert.equal(((await response.json()) as { code: string }).code, "provider-unavailable");
});
