import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { decodeSecret, encodeSecret, secretBytes, signatureHeader, signedPrefix } from "./signature.ts";

const sign = (secret: string, prefix: string, body: string): string =>
  createHmac("sha256", decodeSecret(secret)!).update(prefix).update(body).digest("base64");

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 37 + 250) % 256);

test("the specification's own example has the specification's signature", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const prefix = signedPrefix("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
  const header = signatureHeader([sign(secret, prefix, '{"test": 2432232314}')]);
  assert.equal(prefix, "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.");
  assert.equal(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("the reference library verifies what is signed so, with any of several secrets", () => {
  const secrets = [encodeSecret(bytesOf(32)), encodeSecret(bytesOf(24)), encodeSecret(bytesOf(64))];
  const id = "evt_01jd3v";
  const timestamp = Math.floor(Date.now() / 1_000);
  const body = '{"id":"evt_01jd3v","data":{"name":"Łukasz 😀","n":12345678901234567890}}';
  const signature = signatureHeader(secrets.map((secret) => sign(secret, signedPrefix(id, timestamp), body)));
  const headers = { "webhook-id": id, "webhook-timestamp": `${timestamp}`, "webhook-signature": signature };
  for (const secret of secrets) assert.doesNotThrow(() => new Webhook(secret).verify(body, headers));
  assert.throws(() => new Webhook(encodeSecret(bytesOf(33))).verify(body, headers));
  assert.throws(() => new Webhook(secrets[0]!).verify(`${body} `, headers));
});

test("several signatures are divided by spaces, the newest first", () => {
  assert.equal(signatureHeader(["a=", "b="]), "v1,a= v1,b=");
});

test("a secret comes back as it went out, of every length that is allowed", () => {
  for (let length = secretBytes.min; length <= secretBytes.max; length++) {
    assert.deepEqual(decodeSecret(encodeSecret(bytesOf(length))), bytesOf(length));
  }
});

test("a secret that is too short or too long is none", () => {
  assert.equal(decodeSecret(encodeSecret(bytesOf(secretBytes.min - 1))), null);
  assert.equal(decodeSecret(encodeSecret(bytesOf(secretBytes.max + 1))), null);
});

test("what is not `whsec_` and base64 is no secret", () => {
  const good = encodeSecret(bytesOf(32));
  const encoded = good.slice("whsec_".length);
  const refused = ["", "whsec_", encoded, `WHSEC_${encoded}`, `whsk_${encoded}`, ` ${good}`, `${good} `, `${good}\n`];
  refused.push(good.slice(0, -1), `${good}=`, `whsec_${encoded.slice(0, 20)}=${encoded.slice(21)}`);
  refused.push(
    `whsec_${encoded.slice(0, -2)}==`.replace("==", "-="),
    `whsec_${"A".repeat(41)}===`,
    `whsec_${"ä".repeat(40)}`,
  );
  for (const text of refused) assert.equal(decodeSecret(text), null, JSON.stringify(text));
});
