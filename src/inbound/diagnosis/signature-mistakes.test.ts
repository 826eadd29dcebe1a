import assert from "node:assert/strict";
import { it } from "node:test";
import { completeScheme } from "../../core/scheme.ts";
import { signatureMistakes } from "./signature-mistakes.ts";

/** Of which a look at each place for itself takes minutes. */
const long = 200_000;
const patienceMs = 10_000;

const mistakesOf = (signature: string) =>
  signatureMistakes({
    request: { method: "POST", url: "http://a.test/", headers: ["X-Signature", signature], body: new Uint8Array(0) },
    secrets: [],
    settings: {},
    custom: completeScheme({ signature: { place: "header:X-Signature" } }),
  });

for (const [what, signature] of [
  ["quotes", `"x${'"'.repeat(long)}x`],
  ["spaces", `x${" ".repeat(long)}x`],
] as const) {
  it(`a signature of ${what} holds nobody up`, () => {
    const begunMs = performance.now();
    mistakesOf(signature);
    assert.ok(performance.now() - begunMs < patienceMs);
  });
}

it("a signature of commas does not make thousands of mistakes to try", () => {
  assert.ok(mistakesOf(",".repeat(long)).length < 100);
});
