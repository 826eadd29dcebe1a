import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerFor, type BinAnswer, binTenant } from "./bin.ts";
import { isTenant } from "./event.ts";

const anAnswer = (status: number, times = 1): BinAnswer => ({ status, times, headers: {}, body: "", delayMs: 0 });

describe("the answers of a bin", () => {
  it("come in turn, each as often as it says, and the last from then on", () => {
    const answers = [anAnswer(500, 2), anAnswer(429), anAnswer(200)];
    const given = [1, 2, 3, 4, 5, 1000].map((ordinal) => answerFor(answers, ordinal)?.status);
    assert.deepEqual(given, [500, 500, 429, 200, 200, 200]);
  });

  it("are none where none was chosen", () => {
    assert.equal(answerFor([], 1), null);
  });
});

describe("the tenant of a bin's events", () => {
  it("is one that nobody can publish to, or have an endpoint or a key of", () => {
    assert.equal(isTenant(binTenant("bin_01abc")), false);
  });
});
