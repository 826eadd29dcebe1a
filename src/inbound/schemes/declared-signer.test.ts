import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { completeScheme, signatureAlgorithms, signatureEncodings } from "../../core/scheme.ts";
import { customRefusal } from "../../core/scheme-check.ts";
import { declaredScheme } from "./declared.ts";
import type { DraftRequest } from "./scheme.ts";

const nowMs = 1_700_000_000_000;

const aDraft = (members: Partial<DraftRequest> = {}): DraftRequest => ({
  method: "POST",
  url: "https://hooks.example.com/in/a?b=c%20d",
  headers: ["X-Signature", "one that is replaced", "content-type", "application/json"],
  body: Buffer.from('{"type":"a.b","n":12345678901234567890}'),
  deliveryId: "d1",
  type: "a.b",
  ...members,
});

type Said = Parameters<typeof completeScheme>[0];

/** What is signed so is believed; answers the request. */
async function roundTrip(said: Said, draft: Partial<DraftRequest> = {}) {
  const custom = completeScheme(said);
  assert.equal(customRefusal(custom), null, JSON.stringify(said));
  const scheme = declaredScheme(custom);
  const { secret, signingKey } = scheme.signer!.makeSecret(randomBytes);
  assert.equal(scheme.secretRefusal(secret), null);
  const request = scheme.signer!.sign(aDraft(draft), { signingKey, nowMs, settings: {} });
  const context = { secrets: [secret], settings: {}, nowMs, fetchText: async () => "" };
  assert.deepEqual(await scheme.verify(request, context), { ok: true, secret: 0 }, JSON.stringify(said));
  const other = { ...context, secrets: [scheme.signer!.makeSecret(randomBytes).secret] };
  assert.equal((await scheme.verify(request, other)).ok, false);
  return { request, facts: scheme.facts(request) };
}

test("every algorithm signs in every encoding, into a header as into the query", async () => {
  for (const algorithm of signatureAlgorithms) {
    for (const encoding of signatureEncodings) {
      for (const place of ["header:X-Signature", "query:signature"]) {
        await roundTrip({ algorithm, signature: { place, encoding, prefix: "v1=" } });
      }
    }
  }
});

test("secrets are made as they are written, with their prefix", async () => {
  for (const secretEncoding of ["utf8", "hex", "base64"] as const) {
    await roundTrip({ signature: { place: "header:X-Signature" }, secretEncoding, secretPrefix: "key_" });
  }
});

test("a token may be anywhere, in a body and in a form too", async () => {
  await roundTrip({ algorithm: "token", signature: { place: "body:auth.token" } });
  await roundTrip({ algorithm: "token", signature: { place: "form:token" } }, { body: Buffer.from("a=1&token=old") });
});

test("id, type and time are put in their places, and everything of it may be signed", async () => {
  const { request, facts } = await roundTrip({
    signature: { place: "header:X-Signature", form: "pairs", name: "v1", separator: ";" },
    content: "{method} {url} {header:X-Id} {id} {timestamp} {body}",
    timestamp: { place: "pair:t", unit: "milliseconds" },
    id: "header:X-Id",
    type: "body:type",
    occurredAt: { place: "header:Date-Of-It", unit: "rfc3339" },
  });
  assert.deepEqual(facts, { deliveryId: "d1", type: "a.b", occurredAtMs: nowMs });
  assert.equal(request.headers.filter((text) => text.toLowerCase() === "x-signature").length, 1);
  assert.match(request.headers.at(-1) ?? "", /^t=1700000000000;v1=[0-9a-f]{64}$/);
});

test("a body whose values are what they shall be keeps its bytes; another is written anew", async () => {
  const said = { signature: { place: "header:X-Signature" }, type: "body:type" } as const;
  const { body } = aDraft();
  assert.deepEqual((await roundTrip(said)).request.body, body);
  const changed = await roundTrip(said, { type: "a.c" });
  assert.equal(JSON.parse(Buffer.from(changed.request.body).toString()).type, "a.c");
  assert.equal(changed.facts.type, "a.c");
  const text = Buffer.from("not JSON");
  assert.deepEqual((await roundTrip(said, { body: text })).request.body, text);
});
