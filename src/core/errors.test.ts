import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCatalogue, TrotlineError } from "./errors.ts";

const entries = Object.entries(errorCatalogue);

test("codes are kebab-case", () => {
  for (const [code] of entries) assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test("a status is an error's, or absent where the program does not start", () => {
  for (const [code, { status }] of entries) {
    assert.ok(status === null || (Number.isInteger(status) && status >= 400 && status <= 599), code);
  }
});

/** 4xx that say `not now` rather than `not so`. */
const passing = [408, 409, 425, 429];

test("503 may always be tried again, and of 4xx only what will pass by itself", () => {
  for (const [code, { status, retryable }] of entries) {
    if (status === 503) assert.ok(retryable, code);
    if (status === null) assert.ok(!retryable, code);
    if (status !== null && status < 500 && retryable) assert.ok(passing.includes(status), code);
  }
});

test("every error has a title, and says in a sentence what to do", () => {
  for (const [code, { title, advice }] of entries) {
    assert.match(title, /^[A-Z`].*[^.]$/, code);
    assert.match(advice, /^[A-Z`].*\.$/, code);
  }
});

test("an error carries its code, its sentence, its extras and its cause", () => {
  const cause = new Error("disk");
  const error = new TrotlineError("store-unavailable", "the disk is full", { retryAfterSeconds: 5, cause });
  assert.equal(error.code, "store-unavailable");
  assert.equal(error.message, "the disk is full");
  assert.equal(error.name, "TrotlineError");
  assert.deepEqual(error.extras, { retryAfterSeconds: 5 });
  assert.equal(error.cause, cause);
  assert.ok(!("cause" in new TrotlineError("internal", "x")));
});
