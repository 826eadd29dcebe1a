import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { bytesOfText, textOfBytes, textOfLatin1 } from "./byte-text.ts";

const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
  fc
    .array(fc.constantFrom(0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0xc0, 0xaf, 0xf4, 0x90, 0xff, 0x41))
    .map((bytes) => Uint8Array.from(bytes)),
);

it("bytes are the same bytes after they were text, whatever they are", () => {
  fc.assert(fc.property(hostile, (bytes) => assert.deepEqual(Uint8Array.from(bytesOfText(textOfBytes(bytes))), bytes)));
});

it("what is UTF-8 is the text that everyone reads", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const whole = text.toWellFormed();
      assert.equal(textOfBytes(new TextEncoder().encode(whole)), whole);
    }),
  );
});

it("each byte that is no UTF-8 is one character", () => {
  assert.equal(textOfBytes(Uint8Array.of(0x61, 0xff, 0xe2, 0x82, 0x62)), "a\udcff\udce2\udc82b");
  assert.equal(textOfBytes(Uint8Array.of(0xef, 0xbf, 0xbd)), "\ufffd");
});

it("headers are bytes", () => {
  assert.equal(textOfLatin1("\u00c3\u00a9"), "é");
});
