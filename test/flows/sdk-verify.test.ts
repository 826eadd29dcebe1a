/** Webhooks as Trotline sends them, verified by the client library and by the reference library. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { Webhook } from "standardwebhooks";
import { Trotline } from "../../src/sdk/client.ts";
import { verify, type WebhookPayload } from "../../src/sdk/verify.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer } from "./a-server.ts";

it("a webhook that Trotline sent is verified by each of its secrets, from its bytes, and by no other", async (context) => {
  const { url, key } = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const client = new Trotline({ url, key });
  const secrets = [`whsec_${btoa("the newest secret of all")}`, `whsec_${btoa("a secret to be retired..")}`];
  await client.endpoints.create({ url: receiver.url, secrets });
  const event = {
    id: "evt-1",
    type: "order.paid",
    subject: "order/1",
    version: "3",
    data: { total: 1.5, name: "Žižkov" },
  };
  await client.publish(event);
  const [request] = await eventually("it is delivered", () => receiver.requests.length > 0 && receiver.requests);
  assert.ok(request);
  const text = request.body.toString("utf8");
  for (const secret of secrets) {
    const payload: WebhookPayload = await verify<typeof event.data>(request.body, request.headers, secret);
    const { timestamp, ...said } = payload;
    assert.deepEqual(said, event);
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
    assert.deepEqual(await verify(text, request.headers, ["whsec_AAAA", secret]), payload);
    assert.deepEqual(new Webhook(secret).verify(text, request.headers as Record<string, string>), payload);
  }
  await assert.rejects(verify(request.body, request.headers, "whsec_AAAA"), { code: "no_match" });
  await assert.rejects(verify(`${text} `, request.headers, secrets), { code: "no_match" });
  const late = { nowMs: Date.now() + 301_000 };
  await assert.rejects(verify(request.body, request.headers, secrets, late), { code: "too_old" });
});

it("a webhook signed with a private key is verified with the public key that the endpoint shows, also while it rotates", async (context) => {
  const { url, key } = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const client = new Trotline({ url, key });
  const { id, signing_keys: before } = await client.endpoints.create({
    url: receiver.url,
    signing: { scheme: "standard-webhooks-ed25519" },
  });
  await client.endpoints.rotateSecret(id);
  const { signing_keys: keys } = await client.endpoints.get(id);
  const publicKeys = keys.map(({ public_key: publicKey }) => publicKey ?? "");
  assert.deepEqual([publicKeys.length, publicKeys[1]], [2, before[0]?.public_key]);
  await client.publish({ id: "evt-1", type: "order.paid", data: { total: 1 } });
  const request = await eventually("it is delivered", () => receiver.requests[0]);
  for (const publicKey of publicKeys) {
    const { data } = await verify<{ total: number }>(request.body, request.headers, publicKey);
    assert.deepEqual(data, { total: 1 });
  }
  await assert.rejects(verify(`${request.body} `, request.headers, publicKeys), { code: "no_match" });
  await assert.rejects(verify(request.body, request.headers, "whsec_AAAA"), { code: "no_match" });
  const late = { nowMs: Date.now() + 301_000 };
  await assert.rejects(verify(request.body, request.headers, publicKeys, late), { code: "too_old" });
});
