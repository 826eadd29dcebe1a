/** Which scheme verifies is the source's to say: nothing that a request carries chooses another. */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme } from "../../src/inbound/schemes/scheme.ts";
import { aDraft, aSignedRequest, assertRefused, nowMs, verdictOf } from "./a-signed-request.ts";

const schemeOf = (name: string): Scheme => presets.get(name) ?? assert.fail(name);
const context = (...secrets: string[]) => ({ secrets, settings: {}, nowMs, fetchText: async () => "" });
const withHeaders = (headers: Record<string, string>) => ({ ...aDraft(), headers: Object.entries(headers).flat() });
const { body } = aDraft();

describe("a request does not choose how it is verified", () => {
  it("by GitHub's older header, or by the name of another hash in the newer one", async () => {
    const secret = "It's a Secret to Everybody";
    const sha1 = `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`;
    const github = schemeOf("github");
    await assertRefused(github, { request: withHeaders({ "X-Hub-Signature": sha1 }), context: context(secret) }, [
      "signature_missing",
    ]);
    await assertRefused(github, { request: withHeaders({ "X-Hub-Signature-256": sha1 }), context: context(secret) }, [
      "signature_malformed",
    ]);
  });

  it("by the token of GitLab where the source has its signing token, nor the other way round", async () => {
    const gitlab = schemeOf("gitlab");
    const signing = aSignedRequest(schemeOf("gitlab-signing"));
    const token = aSignedRequest(gitlab);
    assert.deepEqual(await verdictOf(gitlab, signing), { ok: true, secret: 0 });
    const guessed = withHeaders({ "X-Gitlab-Token": signing.secret });
    await assertRefused(gitlab, { request: guessed, context: signing.context }, ["signature_missing"]);
    await assertRefused(gitlab, { request: signing.request, context: token.context }, ["signature_missing"]);
    const both = { ...token.context, secrets: [token.secret, signing.secret] };
    assert.deepEqual(await verdictOf(gitlab, { ...signing, context: both }), { ok: true, secret: 1 });
    assert.deepEqual(await verdictOf(gitlab, { ...token, context: both }), { ok: true, secret: 0 });
  });

  it("by a shared secret that is somebody's public key", async () => {
    const standard = schemeOf("standard-webhooks");
    const asymmetric = aSignedRequest(schemeOf("standard-webhooks-ed25519"));
    assert.deepEqual(await verdictOf(standard, asymmetric), { ok: true, secret: 0 });
    const publicKey = asymmetric.secret.slice("whpk_".length);
    for (const signingKey of [publicKey, `whsec_${publicKey}`]) {
      const request = standard.signer!.sign(aDraft(), { signingKey, nowMs, settings: {} });
      await assertRefused(standard, { request, context: asymmetric.context }, ["signature_malformed"]);
    }
  });

  it("by a version that the provider uses for something else", async () => {
    const stripe = schemeOf("stripe");
    const { request, context: own } = aSignedRequest(stripe);
    const headers = request.headers.map((text) => text.replace(",v1=", ",v0="));
    await assertRefused(stripe, { request: { ...request, headers }, context: own }, ["signature_malformed"]);
  });

  it("by headers of another provider with the same secret", async () => {
    const secret = randomBytes(20).toString("hex");
    for (const name of ["github", "gitea", "shopify", "slack", "stripe", "zoom", "linear"]) {
      const other = schemeOf(name === "github" ? "gitea" : "github");
      const request = other.signer!.sign(aDraft(), { signingKey: secret, nowMs, settings: {} });
      await assertRefused(schemeOf(name), { request, context: context(secret) }, ["signature_missing"]);
    }
  });
});

describe("settings of a preset", () => {
  it("say where the signature is, for the signer as for us", async () => {
    const generic = schemeOf("generic-hmac-sha256");
    const settings = { header: "X-Acme", prefix: "v1=", encoding: "base64" };
    const request = generic.signer!.sign(aDraft(), { signingKey: "key", nowMs, settings });
    const value = `v1=${createHmac("sha256", "key").update(body).digest("base64")}`;
    assert.deepEqual(request.headers.slice(-2), ["X-Acme", value]);
    assert.ok((await verdictOf(generic, { request, context: { ...context("key"), settings } })).ok);
    await assertRefused(generic, { request, context: context("key") }, ["signature_missing"]);
  });

  it("that cannot work are refused, and verify nothing", async () => {
    for (const [name, settings] of [
      ["generic-hmac-sha256", { encoding: "rot13" }],
      ["generic-hmac-sha256", { header: "a b" }],
      ["generic-hmac-sha256", { prefix: "x".repeat(100) }],
      ["token", { place: "cookie:a" }],
      ["token", { place: "" }],
    ] as const) {
      const scheme = schemeOf(name);
      assert.equal(typeof scheme.settingsRefusal?.(settings), "string", JSON.stringify(settings));
      const request = withHeaders({ "X-Signature": "x", authorization: "Bearer key" });
      await assertRefused(scheme, { request, context: { ...context("key"), settings } }, ["secret_unusable"]);
    }
    assert.equal(schemeOf("token").settingsRefusal?.({ place: "query:token" }), null);
  });

  it("of a token may put it into the query", async () => {
    const token = schemeOf("token");
    const tried = (url: string) => ({
      request: { ...aDraft(), url },
      context: { ...context("key"), settings: { place: "query:token" } },
    });
    assert.ok((await verdictOf(token, tried("https://hooks.example.com/in/a?token=key"))).ok);
    await assertRefused(token, tried("https://hooks.example.com/in/a?token=Key"), ["signature_mismatch"]);
  });
});
