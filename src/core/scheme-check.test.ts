import assert from "node:assert/strict";
import { test } from "node:test";
import { type CustomSchemeInput, completeScheme } from "./scheme.ts";
import { customRefusal, toleranceMsBounds } from "./scheme-check.ts";

const signature = { place: "header:x-signature" };

const refusedField = (said: Partial<CustomSchemeInput>): string | null =>
  customRefusal(completeScheme({ signature, ...said }))?.field ?? null;

test("what is said of the signature alone is a scheme: HMAC-SHA256 of the body, in hexadecimal digits", () => {
  assert.equal(refusedField({}), null);
  assert.equal(completeScheme({ signature }).content, "{body}");
  assert.equal(completeScheme({ signature, algorithm: "token" }).content, "");
});

test("schemes as providers have them are taken", () => {
  const timestamp = { place: "header:x-timestamp", unit: "seconds" } as const;
  for (const said of [
    { content: "v0:{timestamp}:{body}", timestamp },
    { content: "{id}.{timestamp}.{body}", timestamp, id: "header:webhook-id" },
    { content: "{method}{url}{body}{header:date}", timestamp: { place: "header:Date", unit: "rfc3339" } },
    {
      content: "{timestamp}.{body}",
      timestamp: { place: "pair:t", unit: "seconds" },
      signature: { ...signature, form: "pairs", name: "v1" },
    },
    { timestamp: { place: "body:sent_at", unit: "rfc3339" } },
    { content: "{url}{body}", timestamp: { place: "query:at", unit: "seconds" } },
    { algorithm: "token", signature: { place: "query:token" }, id: "body:id", type: "body:a.0.b" },
    { algorithm: "ed25519", secretEncoding: "hex", occurredAt: { place: "body:at", unit: "milliseconds" } },
  ] as const satisfies readonly Partial<CustomSchemeInput>[]) {
    assert.equal(refusedField(said), null, JSON.stringify(said));
  }
});

test("a content without the body is refused: anybody could send another", () => {
  for (const content of ["", "x", "{timestamp}", "{url}", "{{body}}"]) {
    assert.equal(refusedField({ content, timestamp: { place: "header:t", unit: "seconds" } }), "content", content);
  }
});

test("a time that is not signed is refused: an old request could be sent with a new one", () => {
  const unsigned = { place: "header:x-timestamp", unit: "seconds" } as const;
  assert.equal(refusedField({ timestamp: unsigned }), "timestamp");
  assert.equal(refusedField({ timestamp: unsigned, content: "{header:x-other}{body}" }), "timestamp");
  assert.equal(refusedField({ timestamp: unsigned, content: "{header:X-Timestamp}{body}" }), null);
  assert.equal(refusedField({ timestamp: { place: "query:t", unit: "seconds" } }), "timestamp");
  assert.equal(refusedField({ algorithm: "token", timestamp: unsigned }), "timestamp");
});

test("a signature within what it signs is refused: it could not be made", () => {
  for (const place of ["body:signature", "form:signature"]) {
    assert.equal(refusedField({ signature: { place } }), "signature.place");
    assert.equal(refusedField({ signature: { place }, algorithm: "token" }), null);
  }
  assert.equal(refusedField({ signature: { place: "query:s" }, content: "{url}{body}" }), "signature.place");
  assert.equal(refusedField({ signature: { place: "query:s" } }), null);
});

test("what the content names must have a place", () => {
  assert.equal(refusedField({ content: "{timestamp}{body}" }), "timestamp");
  assert.equal(refusedField({ content: "{id}{body}" }), "id");
});

test("placeholders that nobody knows, lost braces and long texts are refused", () => {
  for (const content of [
    "{Body}{body}",
    "{body",
    "{data}{body}",
    "{header:}{body}",
    "{header:a b}{body}",
    "x".repeat(513),
  ]) {
    assert.equal(refusedField({ content }), "content", content);
  }
});

test("a body is not signed many times over: each time costs the server as much as the sender", () => {
  assert.equal(refusedField({ content: "{body}{method}{body}" }), "content");
});

test("places are a kind and a name", () => {
  const wrong = ["", "header", "header:", "header:a b", "header:a\r\nb", "cookie:a", "Header:a", "body:a..b", "body:."];
  wrong.push("body:__proto__.a", `body:${"a.".repeat(20)}a`, `header:${"a".repeat(300)}`);
  for (const place of wrong) {
    assert.equal(refusedField({ signature: { place } }), "signature.place", place);
    assert.equal(refusedField({ id: place }), "id", place);
    assert.equal(refusedField({ type: place }), "type", place);
    assert.equal(refusedField({ occurredAt: { place, unit: "seconds" } }), "occurredAt.place", place);
  }
  const inPair = { place: "pair:t", unit: "seconds" } as const;
  assert.equal(refusedField({ timestamp: inPair, content: "{timestamp}{body}" }), "timestamp.place");
});

test("the parts of a signature fit each other", () => {
  const pairs = { ...signature, form: "pairs" } as const;
  assert.equal(refusedField({ signature: pairs }), "signature.name");
  assert.equal(refusedField({ signature: { ...pairs, name: "v1", separator: "" } }), "signature.separator");
  assert.equal(refusedField({ signature: { ...pairs, name: "v1", separator: "=" } }), "signature.separator");
  assert.equal(refusedField({ signature: { ...signature, form: "list", separator: "" } }), "signature.separator");
  assert.equal(refusedField({ signature: { ...signature, prefix: "x".repeat(65) } }), "signature.prefix");
});

test("words that are none of the list, and windows beyond the bounds, are refused", () => {
  const said = (members: object): string | null => refusedField(members as Partial<CustomSchemeInput>);
  assert.equal(said({ algorithm: "md5" }), "algorithm");
  assert.equal(said({ secretEncoding: "rot13" }), "secretEncoding");
  assert.equal(said({ signature: { ...signature, encoding: "HEX" } }), "signature.encoding");
  assert.equal(said({ signature: { ...signature, form: "many" } }), "signature.form");
  assert.equal(said({ timestamp: { place: "body:t", unit: "minutes" } }), "timestamp.unit");
  assert.equal(said({ occurredAt: { place: "body:t", unit: "minutes" } }), "occurredAt.unit");
  const { min, max } = toleranceMsBounds;
  for (const toleranceMs of [min, max]) assert.equal(refusedField({ toleranceMs }), null);
  for (const toleranceMs of [min - 1, max + 1, 1000.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(refusedField({ toleranceMs }), "toleranceMs", String(toleranceMs));
  }
});
