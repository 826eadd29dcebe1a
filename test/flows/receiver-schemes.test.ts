/** The receiver kit knows every scheme that a server knows, and its handshakes. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { it } from "node:test";
import Stripe from "stripe";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder } from "./a-command.ts";
import { aReceiver } from "./a-receiver.ts";

const stripeSecret = "whsec_0123456789abcdef0123456789abcdef";

it("takes what Stripe's own library signs, with any of its secrets", async (context) => {
  const seen: [string, string | null, Date][] = [];
  const { url } = await aReceiver(context, {
    sources: { github: { scheme: "stripe", secret: ["whsec_another_one_that_is_newer", stripeSecret] } },
    handle: ({ type, deliveryId, occurredAt }) => void seen.push([type, deliveryId, occurredAt]),
  });
  const created = Math.floor(Date.now() / 1000) - 60;
  const body = JSON.stringify({ id: "evt_1", object: "event", type: "invoice.paid", created, data: { object: {} } });
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: stripeSecret });
  const headers = { "stripe-signature": signature };
  assert.equal((await fetch(url, { method: "POST", body, headers })).status, 200);
  assert.equal((await fetch(url, { method: "POST", body: `${body} `, headers })).status, 401);
  await eventually("it is handled", () => seen.length === 1);
  assert.deepEqual(seen, [["github.invoice.paid", "evt_1", new Date(created * 1000)]]);
});

it("takes a scheme of one's own", async (context) => {
  const seen: unknown[] = [];
  const scheme = {
    algorithm: "hmac-sha512",
    signature: { place: "header:x-signature", encoding: "base64" },
    content: "{header:x-time}.{body}",
    type: "body:kind",
    id: "body:id",
  } as const;
  const { url } = await aReceiver(context, {
    sources: { github: { scheme, secret: "shared" } },
    handle: ({ type, deliveryId }) => void seen.push([type, deliveryId]),
  });
  const body = '{"kind":"bell.rung","id":7}';
  const signed = createHmac("sha512", "shared").update(`t.${body}`).digest("base64");
  const send = (headers: Record<string, string>) => fetch(url, { method: "POST", body, headers });
  assert.equal((await send({ "x-signature": signed, "x-time": "t" })).status, 200);
  assert.equal((await send({ "x-signature": signed, "x-time": "u" })).status, 401);
  await eventually("it is handled", () => seen.length === 1);
  assert.deepEqual(seen, [["github.bell.rung", "7"]]);
});

it("answers a handshake, handles nothing for it, and keeps the secret that it brought", async (context) => {
  const seen: unknown[] = [];
  const options = {
    folder: aFolder(),
    sources: { github: { scheme: "asana", settings: { handshake: "accept", token: "t0ken-in-the-url" } } },
    handle: ({ data }: { data: unknown }) => void seen.push(data),
  };
  const first = await aReceiver(context, options);
  const handshake = { method: "POST", headers: { "x-hook-secret": "s3cret-of-the-handshake" } };
  assert.equal((await fetch(first.url, handshake)).status, 401);
  const answer = await fetch(`${first.url}?token=t0ken-in-the-url`, handshake);
  assert.deepEqual([answer.status, answer.headers.get("x-hook-secret")], [200, "s3cret-of-the-handshake"]);
  await first.close();

  const second = await aReceiver(context, options);
  const body = '{"events":[{"action":"changed"}]}';
  const signature = createHmac("sha256", "s3cret-of-the-handshake").update(body).digest("hex");
  const signed = await fetch(second.url, { method: "POST", body, headers: { "x-hook-signature": signature } });
  assert.equal(signed.status, 200);
  await eventually("it is handled", () => seen.length === 1);
  assert.deepEqual(seen, [JSON.parse(body)]);
});

it("sees the URL that the provider signed behind a proxy that is trusted, or by its own address", async (context) => {
  const sign = (url: string): string =>
    createHmac("sha1", "auth-token-of-twilio-0123456789ab").update(`${url}CallSid1`).digest("base64");
  const sources = { github: { scheme: "twilio", secret: "auth-token-of-twilio-0123456789ab" } };
  const send = (url: string, signedUrl: string) =>
    fetch(`${url}?a=1`, {
      method: "POST",
      body: "CallSid=1",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": sign(signedUrl),
        "x-forwarded-proto": "https",
        "x-forwarded-host": "hooks.example.com",
      },
    });
  const outside = "https://hooks.example.com/in/github?a=1";
  const behind = await aReceiver(context, { sources, trustedProxies: ["loopback"] });
  assert.equal((await send(behind.url, outside)).status, 200);
  const said = await aReceiver(context, { sources, publicUrl: "https://hooks.example.com/" });
  assert.equal((await send(said.url, outside)).status, 200);
  const bare = await aReceiver(context, { sources });
  assert.equal((await send(bare.url, outside)).status, 401);
  assert.equal((await send(bare.url, `${bare.url}?a=1`)).status, 200);
});
