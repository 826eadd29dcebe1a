import assert from "node:assert/strict";
import { it } from "node:test";
import { bodyMistakes } from "./body-mistakes.ts";

/** Of which a look at each place for itself takes minutes. */
const long = 200_000;
const patienceMs = 10_000;

for (const [what, character] of [
  ["new lines", "\n"],
  ["spaces", " "],
] as const) {
  it(`a body of ${what} holds nobody up`, async () => {
    const body = Buffer.from(`x${character.repeat(long)}x`);
    const begunMs = performance.now();
    await bodyMistakes({ method: "POST", url: "http://a.test/", headers: [], body });
    assert.ok(performance.now() - begunMs < patienceMs);
  });
}
