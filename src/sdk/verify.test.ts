import assert from "node:assert/strict";
import { createPrivateKey, sign as signEd25519 } from "node:crypto";
import { describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import { signStandardWebhook } from "../platform/hmac.ts";
import { type VerificationErrorCode, verify, type WebhookHeaders, WebhookVerificationError } from "./verify.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const otherSecret = `whsec_${btoa("another secret of 24 byt")}`;
const body = '{"id":"evt_1","type":"order.paid","timestamp":"2026-01-01T00:00:00.000Z","data":{"läuft":"✓","n":1.0}}';
const nowSeconds = 1_767_225_600;
const nowMs = nowSeconds * 1000;

function signed(options: { secret?: string; at?: number; id?: string; body?: string } = {}): Record<string, string> {
  const { at = nowSeconds, id = "evt_1" } = options;
  const signature = new Webhook(options.secret ?? secret).sign(id, new Date(at * 1000), options.body ?? body);
  return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": signature };
}

/** RFC 8410: what stands before the 32 bytes of a private Ed25519 key. */
const privateKeyHead = Buffer.from("302e020100300506032b657004220420", "hex");
const privateKey = (seed: number) =>
  createPrivateKey({
    key: Buffer.concat([privateKeyHead, Buffer.alloc(32, seed)]),
    format: "der",
    type: "pkcs8",
  });
const publicSecretOf = (seed: number): string => {
  const { x } = privateKey(seed).export({ format: "jwk" });
  return `whpk_${Buffer.from(x ?? "", "base64url").toString("base64")}`;
};

function signedAsymmetrically(seed: number): Record<string, string> {
  const content = Buffer.from(`evt_1.${nowSeconds}.${body}`);
  const signature = signEd25519(null, content, privateKey(seed)).toString("base64");
  return {
    "webhook-id": "evt_1",
    "webhook-timestamp": String(nowSeconds),
    "webhook-signature": `v1a,${signature}`,
  };
}

async function refused(
  code: VerificationErrorCode,
  headers: WebhookHeaders,
  options: { payload?: string | Uint8Array; secrets?: string | string[]; tolerance?: number } = {},
): Promise<void> {
  const { payload = body, secrets = secret, tolerance: toleranceSeconds } = options;
  await assert.rejects(verify(payload, headers, secrets, { nowMs, toleranceSeconds }), (error: unknown) => {
    assert.ok(error instanceof WebhookVerificationError);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

describe("verify", () => {
  it("takes what the reference library signed, as text and as bytes, and answers the payload", async () => {
    const payload = await verify<{ n: number }>(body, signed(), secret, { nowMs });
    assert.equal(payload.type, "order.paid");
    assert.equal(payload.data.n, 1);
    assert.deepEqual(await verify(Buffer.from(body), signed(), secret, { nowMs }), payload);
  });

  it("agrees with the reference library about what Trotline's own signer signs", async () => {
    const atSeconds = Math.floor(Date.now() / 1000);
    const signature = signStandardWebhook({
      secrets: [otherSecret, secret],
      id: "evt_1",
      timestampSeconds: atSeconds,
      body: Buffer.from(body),
    });
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(atSeconds),
      "webhook-signature": signature,
    };
    for (const known of [secret, otherSecret]) {
      assert.deepEqual(await verify(body, headers, known), new Webhook(known).verify(body, headers));
    }
    const forged = { ...headers, "webhook-id": "evt_2" };
    assert.throws(() => new Webhook(secret).verify(body, forged));
    await assert.rejects(verify(body, forged, secret), { code: "no_match" });
  });

  it("finds the right one of several secrets and several signatures", async () => {
    const both = {
      ...signed(),
      "webhook-signature": `v1,AAAA v2,${"x".repeat(40)} ${signed({ secret: otherSecret })["webhook-signature"]} ${signed()["webhook-signature"]}`,
    };
    assert.ok(await verify(body, both, [otherSecret], { nowMs }));
    assert.ok(await verify(body, both, [`whsec_${btoa("not in use any more ....")}`, secret], { nowMs }));
  });

  it("takes headers in any case, from `Headers`, and from Node's lists", async () => {
    const headers = signed();
    assert.ok(await verify(body, new Headers(headers), secret, { nowMs }));
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
    assert.ok(await verify(body, upper, secret, { nowMs }));
  });

  it("knows Ed25519 signatures by their public key, beside those of a shared secret", async () => {
    const headers = signedAsymmetrically(7);
    assert.ok(await verify(body, headers, publicSecretOf(7), { nowMs }));
    assert.ok(await verify(body, headers, [secret, publicSecretOf(8), publicSecretOf(7)], { nowMs }));
    await refused("no_match", headers, { secrets: publicSecretOf(8) });
    await refused("no_match", headers, { secrets: secret });
    await refused("no_match", headers, { payload: `${body} `, secrets: publicSecretOf(7) });
  });

  it("never takes a signature of one version for one of the other", async () => {
    const shared = signed();
    const renamed = { ...shared, "webhook-signature": shared["webhook-signature"]!.replace("v1,", "v1a,") };
    await refused("no_match", renamed);
    await refused("no_match", renamed, { secrets: [secret, publicSecretOf(7)] });
  });

  it("refuses whatever was changed: any byte of the body, the id, the time, the signature", async () => {
    for (let at = 0; at < body.length; at += 7) {
      const payload = Buffer.from(body);
      payload[at]! ^= 1;
      await refused("no_match", signed(), { payload });
    }
    await refused("no_match", { ...signed(), "webhook-id": "evt_2" });
    await refused("no_match", { ...signed(), "webhook-timestamp": String(nowSeconds + 1) });
    await refused("no_match", { ...signed(), "webhook-signature": "v1," });
    await refused("no_match", { ...signed(), "webhook-signature": signed()["webhook-signature"]!.slice(0, -4) });
    await refused("no_match", { ...signed(), "webhook-signature": signed()["webhook-signature"]!.slice(3) });
    await refused("no_match", signed({ secret: otherSecret }));
    // Parsed and written again: another text, although the same value.
    await refused("no_match", signed(), { payload: JSON.stringify(JSON.parse(body)) });
  });

  it("refuses what is further from now than the tolerance, in both directions, and takes what is just within", async () => {
    assert.ok(await verify(body, signed({ at: nowSeconds - 300 }), secret, { nowMs }));
    assert.ok(await verify(body, signed({ at: nowSeconds + 300 }), secret, { nowMs }));
    await refused("too_old", signed({ at: nowSeconds - 301 }));
    await refused("too_new", signed({ at: nowSeconds + 301 }));
    await refused("too_old", signed({ at: nowSeconds - 6 }), { tolerance: 5 });
    await refused("bad_timestamp", { ...signed(), "webhook-timestamp": `${nowSeconds}.5` });
    await refused("bad_timestamp", { ...signed(), "webhook-timestamp": "-5" });
    await refused("bad_timestamp", { ...signed(), "webhook-timestamp": "soon" });
  });

  it("refuses a tolerance or a time that is none, for no age would be above it", async () => {
    const old = signed({ at: nowSeconds - 1_000_000 });
    for (const wrong of [Number.NaN, -1, "300", null]) {
      const toleranceSeconds = wrong as number;
      await assert.rejects(verify(body, old, secret, { nowMs, toleranceSeconds }), TypeError, String(wrong));
    }
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, "x"]) {
      await assert.rejects(verify(body, old, secret, { nowMs: wrong as number }), TypeError, String(wrong));
    }
    await assert.rejects(verify(body, old, secret, { nowMs, toleranceSeconds: 0 }), { code: "too_old" });
    assert.ok(await verify(body, old, secret, { nowMs, toleranceSeconds: Number.POSITIVE_INFINITY }));
  });

  it("says so where the body was parsed, or is not bytes", async () => {
    const bytes = Buffer.from(body);
    for (const payload of [JSON.parse(body), [...bytes], bytes.buffer, new Uint16Array(4), null, undefined]) {
      await assert.rejects(verify(payload, signed(), secret, { nowMs }), /TypeError: `payload` is the body as it was/);
    }
  });

  it("says that the secret is wrong where there is none, as with a variable that is not set", async () => {
    for (const absent of [undefined, null, [], [undefined]]) {
      await assert.rejects(verify(body, signed(), absent as never, { nowMs }), { code: "bad_secret" });
    }
  });

  it("says which header is missing", async () => {
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      const { [name]: _, ...rest } = signed();
      await refused("missing_headers", rest);
      await refused("missing_headers", { ...rest, [name]: "" });
    }
  });

  it("refuses secrets that are none, and shows nothing of them", async () => {
    const bad = ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_not base64!", "whpk_AAAA", `${secret}=`];
    for (const secrets of [...bad, [], [secret, "whsec_%"]]) {
      await refused("bad_secret", signed(), { secrets });
    }
    await assert.rejects(verify(body, signed(), "hush-hush", { nowMs }), (error: Error) => {
      assert.ok(!error.message.includes("hush-hush"));
      return true;
    });
  });

  it("answers only JSON objects that are UTF-8, however genuine", async () => {
    for (const payload of ["", "[1]", "null", "{", "text"]) {
      await refused("bad_payload", signed({ body: payload }), { payload });
    }
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const signature = signStandardWebhook({
      secrets: [secret],
      id: "evt_1",
      timestampSeconds: nowSeconds,
      body: bytes,
    });
    await refused("bad_payload", { ...signed(), "webhook-signature": signature }, { payload: bytes });
  });

  it("looks at a bounded number of signatures", async () => {
    const many = `${"v1,AAAA ".repeat(64)}${signed()["webhook-signature"]}`;
    await refused("no_match", { ...signed(), "webhook-signature": many });
  });
});
