import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "./random.ts";

test("bytes are as many as asked for, and never the same twice, beyond the end of the pool too", () => {
  const random = systemRandom();
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const bytes = random.bytes(16);
    assert.equal(bytes.length, 16);
    seen.add(Buffer.from(bytes).toString("hex"));
  }
  assert.equal(seen.size, 2000);
});

test("bytes that were handed out do not change afterwards", () => {
  const random = systemRandom();
  const first = random.bytes(32);
  const copy = Uint8Array.from(first);
  for (let i = 0; i < 500; i++) random.bytes(32);
  assert.deepEqual(first, copy);
});

test("odd and large counts are served", () => {
  const random = systemRandom();
  for (const count of [0, 1, 31, 4095, 4096, 4097, 100_000]) assert.equal(random.bytes(count).length, count);
  const large = random.bytes(100_000);
  assert.ok(new Set(large).size === 256);
});

test("a fraction is at least 0 and less than 1", () => {
  const random = systemRandom();
  for (let i = 0; i < 1000; i++) {
    const fraction = random.fraction();
    assert.ok(fraction >= 0 && fraction < 1);
  }
});
