import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { limits } from "../../core/limits.ts";
import { type CustomSchemeInput, completeScheme } from "../../core/scheme.ts";
import { declaredScheme } from "./declared.ts";
import type { SchemeRequest, Verdict } from "./scheme.ts";

const nowMs = 1_700_000_000_000;
const seconds = nowMs / 1000;

const scheme = (said: CustomSchemeInput) => declaredScheme(completeScheme(said));
const digest = (secret: string | Buffer, text: string): string =>
  crypto.createHmac("sha256", secret).update(text).digest("hex");

const aRequest = (members: Partial<SchemeRequest> = {}): SchemeRequest => ({
  method: "POST",
  url: "https://hooks.example.com/in/a",
  headers: [],
  body: Buffer.from("{}"),
  ...members,
});

const verdict = (said: CustomSchemeInput, request: SchemeRequest, secrets: readonly string[]): Verdict =>
  scheme(said).verify(request, { secrets, settings: {}, nowMs, fetchText: async () => "" }) as Verdict;

const outcome = (...tried: Parameters<typeof verdict>): string => {
  const found = verdict(...tried);
  return found.ok ? `secret ${found.secret}` : found.reason;
};

const inHeader = { signature: { place: "header:X-Signature" } } as const;
const paired = {
  signature: { place: "header:X-Signature", form: "pairs", name: "v1" },
  content: "{timestamp}.{body}",
  timestamp: { place: "pair:t", unit: "seconds" },
} as const;

test("what is signed may be text, the method, the URL, the id, and any header", () => {
  const said = {
    ...inHeader,
    content: "{{{method}}} {url}\n{header:Date}\n{id}:{query:a}:{body}",
    id: "header:X-Id",
  } as const;
  const url = "https://hooks.example.com/in/a?a=b%20c";
  const signature = digest("key", `{POST} ${url}\ntoday\n7:b c:{}`);
  const headers = ["date", "today", "x-id", "7", "x-signature", signature];
  assert.equal(outcome(said, aRequest({ url, headers }), ["key"]), "secret 0");
  assert.equal(outcome(said, aRequest({ url, headers: headers.slice(2) }), ["key"]), "signature_malformed");
  assert.equal(outcome(said, aRequest({ url, headers: ["date", "x", ...headers] }), ["key"]), "signature_repeated");
  assert.equal(outcome(said, aRequest({ url: `${url}&`, headers }), ["key"]), "signature_mismatch");
});

test("a signed header counts by its bytes, as it came over the wire", () => {
  const said = { ...inHeader, content: "{header:x-name}{body}" } as const;
  const asReceived = Buffer.from("Łukasz").toString("latin1");
  const headers = ["x-name", asReceived, "x-signature", digest("key", "Łukasz{}")];
  assert.equal(outcome(said, aRequest({ headers }), ["key"]), "secret 0");
});

test("a body is not read for its time before its signature was believed", () => {
  const said = { ...inHeader, timestamp: { place: "body:time", unit: "seconds" } } as const;
  const signed = (text: string) => aRequest({ body: Buffer.from(text), headers: ["x-signature", digest("key", text)] });
  const timely = `{"time":${seconds}}`;
  assert.equal(outcome(said, signed(timely), ["key"]), "secret 0");
  assert.equal(outcome(said, signed("{}"), ["key"]), "timestamp_missing");
  assert.equal(outcome(said, signed('{"time":"now"}'), ["key"]), "timestamp_malformed");
  assert.equal(outcome(said, signed('{"time":1}'), ["key"]), "timestamp_stale");
  for (const text of ["{}", '{"time":"now"}', "not JSON"]) {
    assert.equal(outcome(said, signed(text), ["other"]), "signature_mismatch", text);
  }
});

test("a value of a body that is longer than any header is neither a signature nor signed", () => {
  const token = { algorithm: "token", signature: { place: "body:token", form: "list", separator: "," } } as const;
  const commas = Buffer.from(`{"token":"key,${",".repeat(16_384)}"}`);
  const found = verdict(token, aRequest({ body: commas }), ["key"]);
  assert.match(found.ok ? "" : found.detail, /too long/);
  const said = { ...inHeader, content: "{body:long}{body}" } as const;
  const long = Buffer.from(`{"long":"${"x".repeat(16_385)}"}`);
  const signed = verdict(said, aRequest({ body: long, headers: ["x-signature", digest("key", "{}")] }), ["key"]);
  assert.match(signed.ok ? "" : signed.detail, /too long/);
});

test("a secret is no other's because the two look alike with their prefixes", () => {
  const by = (secretPrefix: string, secret: string, signer: string) =>
    outcome({ ...inHeader, secretPrefix }, aRequest({ headers: ["x-signature", digest(signer, "{}")] }), [secret]);
  assert.equal(by("a", "b key", "b key"), "secret 0");
  assert.equal(by("a b", "key", "key"), "secret 0");
});

test("secrets are what their encoding says, with or without their prefix", () => {
  const key = Buffer.from("000102fe", "hex");
  const headers = ["x-signature", digest(key, "{}")];
  const by = (secretEncoding: "hex" | "base64", secretPrefix: string, secret: string): string =>
    outcome({ ...inHeader, secretEncoding, secretPrefix }, aRequest({ headers }), [secret]);
  assert.equal(by("hex", "", "000102fe"), "secret 0");
  assert.equal(by("hex", "", "000102FE"), "secret 0");
  assert.equal(by("base64", "whsec_", `whsec_${key.toString("base64")}`), "secret 0");
  assert.equal(by("base64", "whsec_", key.toString("base64").replace(/=+$/, "")), "secret 0");
  for (const secret of ["000102f", "000102fg", "000102fe ", "", "whsec_"]) {
    assert.equal(by("hex", "whsec_", secret), "secret_unusable", secret);
    assert.notEqual(scheme({ ...inHeader, secretEncoding: "hex", secretPrefix: "whsec_" }).secretRefusal(secret), null);
  }
});

test("a secret that cannot be used does not stand in the way of one that can", () => {
  const headers = ["x-signature", digest(Buffer.from([1]), "{}")];
  assert.equal(outcome({ ...inHeader, secretEncoding: "hex" }, aRequest({ headers }), ["zz", "", "01"]), "secret 2");
});

test("pairs are read by their names: others are left alone, a time that stands twice is none", () => {
  const right = digest("key", `${seconds}.{}`);
  const by = (value: string): string => outcome(paired, aRequest({ headers: ["x-signature", value] }), ["key"]);
  assert.equal(by(`t=${seconds},v1=${right}`), "secret 0");
  assert.equal(by(`v0=x, v1=${right}, t=${seconds}, v1=00`), "secret 0");
  assert.equal(by(`t=${seconds},t=1,v1=${right}`), "timestamp_malformed");
  assert.equal(by(`v1=${right}`), "timestamp_missing");
  assert.equal(by(`t=${seconds}`), "signature_malformed");
  assert.equal(by(`t=${seconds},v1`), "signature_malformed");
  assert.equal(by(`t=${seconds},V1=${right}`), "signature_malformed");
  for (const time of [` ${seconds}`, `+${seconds}`, `${seconds}.0`, "0x1", "1e9", "", "NaN", "9".repeat(16)]) {
    assert.equal(by(`t=${time},v1=${digest("key", `${time}.{}`)}`), "timestamp_malformed", time);
  }
});

test("no more signatures are looked at than one provider would send", () => {
  const right = digest("key", "{}");
  const said = { signature: { place: "header:x-signature", form: "list", separator: " " } } as const;
  const by = (count: number): string => {
    const value = [...Array(count - 1).fill("0".repeat(64)), right].join(" ");
    return outcome(said, aRequest({ headers: ["x-signature", value] }), ["key"]);
  };
  assert.equal(by(limits.signaturesPerRequest), "secret 0");
  assert.equal(by(limits.signaturesPerRequest + 1), "signature_malformed");
});

test("signatures may be in the query, in a form and in a JSON body; one that stands twice is refused", () => {
  const said = (place: string) => ({ algorithm: "token", signature: { place } }) as const;
  const url = "https://hooks.example.com/in/a?token=key";
  assert.equal(outcome(said("query:token"), aRequest({ url }), ["key"]), "secret 0");
  assert.equal(outcome(said("query:token"), aRequest({ url: `${url}&token=key` }), ["key"]), "signature_repeated");
  assert.equal(outcome(said("form:t"), aRequest({ body: Buffer.from("a=1&t=k%65y") }), ["key"]), "secret 0");
  assert.equal(outcome(said("form:t"), aRequest({ body: Buffer.from("t=key&t=key") }), ["key"]), "signature_repeated");
  assert.equal(outcome(said("body:a.t"), aRequest({ body: Buffer.from('{"a":{"t":"key"}}') }), ["key"]), "secret 0");
  assert.equal(outcome(said("body:a.t"), aRequest(), ["key"]), "signature_missing");
});

test("a token is compared whole, in its own case, with its own prefix", () => {
  const said = { algorithm: "token", signature: { place: "header:authorization", prefix: "Bearer " } } as const;
  const by = (value: string): string => outcome(said, aRequest({ headers: ["Authorization", value] }), ["pässword"]);
  assert.equal(by(`Bearer ${Buffer.from("pässword").toString("latin1")}`), "secret 0");
  for (const value of ["Bearer pässwor", "Bearer pässword2", "Bearer PÄSSWORD", "Bearer  pässword"]) {
    assert.equal(by(Buffer.from(value).toString("latin1")), "signature_mismatch", value);
  }
  for (const value of ["", "Bearer", "Bearer ", "Basic pässword", "pässword"]) {
    assert.equal(by(Buffer.from(value).toString("latin1")), "signature_malformed", value);
  }
});

test("public keys are taken of the right kind alone, and private ones never", () => {
  const keys = {
    ed25519: crypto.generateKeyPairSync("ed25519"),
    "ecdsa-p256-sha256": crypto.generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
    "rsa-sha256": crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }),
  } as const;
  const others = [
    crypto.generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
    crypto.generateKeyPairSync("rsa", { modulusLength: 1024 }),
    crypto.generateKeyPairSync("ed448"),
  ];
  const pemOf = ({ publicKey }: { publicKey: crypto.KeyObject }) =>
    publicKey.export({ format: "pem", type: "spki" }) as string;
  const algorithms = Object.keys(keys) as (keyof typeof keys)[];
  for (const algorithm of algorithms) {
    const own = scheme({ ...inHeader, algorithm });
    assert.equal(own.secretRefusal(pemOf(keys[algorithm])), null, algorithm);
    for (const other of algorithms.filter((name) => name !== algorithm)) {
      assert.notEqual(own.secretRefusal(pemOf(keys[other])), null, `${algorithm} takes ${other}`);
    }
    for (const other of others) assert.notEqual(own.secretRefusal(pemOf(other)), null, algorithm);
    const privatePem = keys[algorithm].privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    assert.match(own.secretRefusal(privatePem) ?? "", /private key/);
    assert.notEqual(own.secretRefusal("not a key"), null);
  }
});

test("every signature is compared with every secret in constant time, wherever the right one stands", () => {
  const compare = crypto.timingSafeEqual;
  let compared = 0;
  crypto.timingSafeEqual = (one, other) => {
    compared += 1;
    return compare(one, other);
  };
  syncBuiltinESMExports();
  try {
    const right = digest("right", "{}");
    const wrong = "0".repeat(64);
    const said = { signature: { place: "header:x-signature", form: "list" } } as const;
    for (const [value, secrets] of [
      [`${right},${wrong},${wrong}`, ["right", "a", "b"]],
      [`${wrong},${wrong},${right}`, ["a", "b", "right"]],
      [`${wrong},${wrong},${wrong}`, ["a", "b", "c"]],
    ] as const) {
      compared = 0;
      verdict(said, aRequest({ headers: ["x-signature", value] }), secrets);
      assert.equal(compared, 9, value);
    }
    compared = 0;
    const token = { algorithm: "token", signature: { place: "header:x-token" } } as const;
    verdict(token, aRequest({ headers: ["x-token", "right"] }), ["right", "a", "much longer than that"]);
    assert.equal(compared, 3);
  } finally {
    crypto.timingSafeEqual = compare;
    syncBuiltinESMExports();
  }
});

test("no sentence has a secret, or the signature that would have been right", () => {
  const secret = "a secret that nobody should see";
  const right = digest(secret, `${seconds - 1000}.{}`);
  const values = ["", "t=1", `t=${seconds},v1=00`, `t=${seconds - 1000},v1=${right}`, `t=x,v1=${right}`];
  for (const value of values) {
    const found = verdict(paired, aRequest({ headers: ["x-signature", value] }), [secret]);
    assert.ok(!found.ok);
    assert.ok(!found.detail.includes(secret) && !found.detail.includes(right), found.detail);
  }
});

test("facts are null where the provider says nothing, or more than can be kept", () => {
  const said = {
    ...inHeader,
    id: "header:x-id",
    type: "body:type",
    occurredAt: { place: "body:at", unit: "seconds" },
  } as const;
  const facts = (headers: string[], body: string) => scheme(said).facts(aRequest({ headers, body: Buffer.from(body) }));
  assert.deepEqual(facts(["X-Id", "7"], '{"type":"a.b","at":1700000000.5}'), {
    deliveryId: "7",
    type: "a.b",
    occurredAtMs: 1_700_000_000_500,
  });
  const nothing = { deliveryId: null, type: null, occurredAtMs: null };
  assert.deepEqual(facts([], ""), nothing);
  assert.deepEqual(facts(["x-id", ""], '{"type":"","at":"soon"}'), nothing);
  assert.deepEqual(facts(["x-id", "1", "x-id", "2"], "[]"), nothing);
  assert.equal(facts(["x-id", "x".repeat(limits.deliveryIdLength + 1)], "{}").deliveryId, null);
  assert.equal(facts([], `{"type":"${"x".repeat(1000)}"}`).type?.length, limits.providerTypeLength);
});
