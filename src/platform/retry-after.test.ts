import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../core/limits.ts";
import { parseRetryAfter } from "./retry-after.ts";

const nowMs = Date.UTC(2025, 0, 15, 12, 0, 0);

test("seconds and each of HTTP's three forms of a date are read", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7000],
    ["Wed, 15 Jan 2025 12:01:00 GMT", 60_000],
    ["Wednesday, 15-Jan-25 12:01:00 GMT", 60_000],
    ["Wed Jan 15 12:01:00 2025", 60_000],
  ];
  for (const [text, expected] of cases) assert.equal(parseRetryAfter(text, nowMs), expected, text);
});

test("a date that has passed asks for no pause", () => {
  assert.equal(parseRetryAfter("Wed, 15 Jan 2025 11:00:00 GMT", nowMs), 0);
});

test("no receiver asks for a longer pause than the limit", () => {
  assert.equal(parseRetryAfter("99999999999999999999", nowMs), limits.retryAfterMsMax);
  assert.equal(parseRetryAfter("Wed, 15 Jan 2125 12:00:00 GMT", nowMs), limits.retryAfterMsMax);
});

test("what is neither asks for nothing", () => {
  const texts = [
    "",
    "-1",
    "1.5",
    "1e3",
    "soon",
    "2025-01-15",
    "2025Z",
    "Wed, 99 Foo 2025 99:99:99 GMT",
    "0x10",
    "+5",
    "5 s",
  ];
  for (const text of texts) assert.equal(parseRetryAfter(text, nowMs), null, text);
  assert.equal(parseRetryAfter(undefined, nowMs), null);
});

test("of a header that came twice the first counts", () => {
  assert.equal(parseRetryAfter(["3", "900"], nowMs), 3000);
});
