import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { decodeGoBase64 } from "./go-base64.ts";

const read = (text: string) => {
  const { bytes, isWhole } = decodeGoBase64(text);
  return [Buffer.from(bytes).toString("latin1"), isWhole];
};

it("base64 is what it stands for, over lines too", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString("base64");
      const lines = text.replace(/(.{4})/g, "$1\r\n");
      assert.deepEqual(read(lines), [Buffer.from(bytes).toString("latin1"), true]);
    }),
  );
});

it("what stands before a mistake is kept", () => {
  assert.deepEqual(read("aGkh*"), ["hi!", false]);
  assert.deepEqual(read("aGk=x"), ["hi", false]);
  assert.deepEqual(read("aGk"), ["", false]);
  assert.deepEqual(read("aGkhaA"), ["hi!", false]);
  assert.deepEqual(read("aG_k"), ["", false]);
  assert.deepEqual(read(""), ["", true]);
});

it("a value of any length is read", () => {
  assert.equal(decodeGoBase64("aGkh".repeat(4_000_000)).bytes.length, 12_000_000);
});
