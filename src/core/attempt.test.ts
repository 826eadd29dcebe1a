import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttemptResult, errorClasses, isCongestion } from "./attempt.ts";

const aResult = (changes: Partial<AttemptResult>): AttemptResult => ({
  status: null,
  errorClass: null,
  errorDetail: null,
  durationMs: 1,
  responseBody: new Uint8Array(),
  responseTruncated: false,
  retryAfterMs: null,
  ...changes,
});

test("timeouts, 429, 502, 503 and 504 say `too much`, and nothing else does", () => {
  for (let status = 200; status < 600; status++) {
    const errorClass = status < 300 ? null : "http_status";
    assert.equal(isCongestion(aResult({ status, errorClass })), [429, 502, 503, 504].includes(status), `${status}`);
  }
  assert.equal(isCongestion(aResult({ status: 503 })), false, "an endpoint may say that 503 delivers");
  for (const errorClass of errorClasses)
    assert.equal(isCongestion(aResult({ errorClass })), errorClass === "timeout", errorClass);
});
