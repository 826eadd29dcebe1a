import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { encodeSecret } from "../core/signature.ts";
import { sha256, sha256Hex, signStandardWebhook } from "./hmac.ts";

const aSecret = (fill: number): string => encodeSecret(new Uint8Array(32).fill(fill));

test("a signature is the one of the Standard Webhooks specification's example", () => {
  const header = signStandardWebhook({
    secrets: ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    timestampSeconds: 1649367553,
    body: Buffer.from('{"email":"test@example.com","username":"test_user"}'),
  });
  assert.equal(header, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
});

test("the reference library accepts a signature under each of several secrets", () => {
  const secrets = [aSecret(1), aSecret(2), aSecret(3)];
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const body = Buffer.from(JSON.stringify({ text: "é𝄞\u2028", n: 1 }));
  const header = signStandardWebhook({ secrets, id: "evt_1", timestampSeconds, body });
  assert.equal(header.split(" ").length, 3);
  for (const secret of secrets) {
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(timestampSeconds),
      "webhook-signature": header,
    };
    assert.deepEqual(new Webhook(secret).verify(body.toString(), headers), { text: "é𝄞\u2028", n: 1 });
  }
});

test("any secret signs any text as Node's own HMAC does, however long it is", () => {
  const lengths = fc.oneof(fc.nat(3000), fc.integer({ min: 65_300, max: 65_700 }), fc.constant(256 * 1024));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), lengths, fc.nat(255), (secret, length, byte) => {
      const body = new Uint8Array(length).fill(byte);
      const expected = createHmac("sha256", secret).update("evt_é.7.").update(body).digest("base64");
      const content = { secrets: [encodeSecret(secret)], id: "evt_é", timestampSeconds: 7, body };
      assert.equal(signStandardWebhook(content), `v1,${expected}`);
    }),
  );
});

test("bytes that are no text are signed as they are, and a view is signed as what it shows", () => {
  const whole = new Uint8Array(300).map((_, index) => index);
  const content = { secrets: [aSecret(7)], id: "evt_1", timestampSeconds: 1 };
  const view = signStandardWebhook({ ...content, body: whole.subarray(10, 20) });
  assert.equal(view, signStandardWebhook({ ...content, body: Uint8Array.from(whole.subarray(10, 20)) }));
  assert.notEqual(view, signStandardWebhook({ ...content, body: whole }));
});

test("more secrets than are kept still sign correctly", () => {
  const content = { id: "evt_1", timestampSeconds: 1, body: new Uint8Array(4) };
  const secretOf = (number: number) => encodeSecret(new Uint8Array(new Uint32Array(8).fill(number).buffer));
  const first = signStandardWebhook({ ...content, secrets: [secretOf(0)] });
  for (let i = 1; i <= 10_001; i++) signStandardWebhook({ ...content, secrets: [secretOf(i)] });
  assert.equal(signStandardWebhook({ ...content, secrets: [secretOf(0)] }), first);
});

test("what is not a secret does not sign", () => {
  const content = { id: "evt_1", timestampSeconds: 1, body: new Uint8Array(0) };
  assert.throws(() => signStandardWebhook({ ...content, secrets: ["whsec_short"] }), /cannot sign/);
});

test("the hashes are SHA-256", () => {
  const expected = createHash("sha256").update("key_é").digest();
  assert.equal(sha256Hex("key_é"), expected.toString("hex"));
  assert.deepEqual(Buffer.from(sha256(Buffer.from("key_é"))), expected);
});
