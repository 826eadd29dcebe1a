import assert from "node:assert/strict";
import { test } from "node:test";
import { headerRefusal, urlRefusal } from "./endpoint.ts";
import { limits } from "./limits.ts";

const urlVerdict = (text: string): string | null => urlRefusal(text, URL.parse(text));

test("a header that is the endpoint's own business may be set", () => {
  for (const [name, value] of [
    ["authorization", "Bearer abc"],
    ["X-Api-Key", "k"],
    ["x-empty", ""],
    ["x-latin", "caf\u00e9\tau lait"],
    ["x-long", "v".repeat(limits.headerValueLength)],
  ] as const) {
    assert.equal(headerRefusal(name, value), null, name);
  }
});

test("headers of HTTP framing, of the signature and of Trotline are refused, however they are written", () => {
  for (const name of [
    "host",
    "Content-Length",
    "TRANSFER-ENCODING",
    "connection",
    "Expect",
    "upgrade",
    "te",
    "User-Agent",
    "content-type",
  ]) {
    assert.match(headerRefusal(name, "x") ?? "", /is set by Trotline or by HTTP itself/, name);
  }
  for (const name of ["webhook-id", "Webhook-Signature", "webhook-anything"]) {
    assert.match(headerRefusal(name, "x") ?? "", /belongs to Standard Webhooks/, name);
  }
});

test("a header that would break the request is refused", () => {
  for (const name of ["", "a b", "a:b", "x\r\ny", "ä", "x".repeat(129)]) {
    assert.match(headerRefusal(name, "x") ?? "", /is not the name of a header/, name);
  }
  for (const value of ["a\r\nb: c", "a\n", "\0", "\u007f", "\u0100", "😀"]) {
    assert.match(headerRefusal("x-test", value) ?? "", /cannot carry/, JSON.stringify(value));
  }
  assert.match(headerRefusal("x-test", "v".repeat(limits.headerValueLength + 1)) ?? "", /longer than/);
});

test("an absolute http or https URL can be an endpoint", () => {
  for (const url of [
    "https://example.com",
    "http://127.0.0.1:8080/hook?x=1",
    "https://[::1]/",
    "HTTPS://EXAMPLE.COM/a%20b",
  ]) {
    assert.equal(urlVerdict(url), null, url);
  }
});

test("any other URL is refused with its reason", () => {
  const reasons: [string, RegExp][] = [
    ["", /not an absolute URL/],
    ["/hook", /not an absolute URL/],
    ["example.com/hook", /not an absolute URL/],
    ["ftp://example.com/", /neither http: nor https:/],
    ["javascript:alert(1)", /neither http: nor https:/],
    ["file:///etc/passwd", /neither http: nor https:/],
    ["https://user@example.com/", /user name or password/],
    ["https://:secret@example.com/", /user name or password/],
    ["https://example.com/#top", /fragment/],
    [`https://example.com/${"a".repeat(limits.urlLength)}`, /longer than/],
  ];
  for (const [url, reason] of reasons) assert.match(urlVerdict(url) ?? "", reason, url);
});
