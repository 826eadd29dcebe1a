import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { KeptOutput } from "./kept-output.ts";

const kept = (bytesMax: number, chunks: readonly string[]): KeptOutput => {
  const output = new KeptOutput(bytesMax);
  for (const chunk of chunks) output.add(Buffer.from(chunk));
  return output;
};
const text = (output: KeptOutput): string => Buffer.from(output.bytes()).toString();

it("keeps everything that fits, in the order in which it came", () => {
  const output = kept(8, ["abc", "", "d", "efgh"]);
  assert.equal(text(output), "abcdefgh");
  assert.equal(output.isTruncated, false);
});

it("keeps the beginning and the end of more than fits, and says how much is missing", () => {
  const output = kept(8, ["0123456789abcdef", "XYZ"]);
  assert.equal(text(output), "01\n[… 11 bytes are left out …]\ndefXYZ");
  assert.equal(output.isTruncated, true);
});

it("is the same however the bytes were divided", () => {
  const parts = fc.array(fc.string({ unit: "binary-ascii", maxLength: 20 }), { maxLength: 20 });
  fc.assert(
    fc.property(parts, fc.integer({ min: 4, max: 40 }), (chunks, bytesMax) => {
      const whole = chunks.join("");
      const output = kept(bytesMax, chunks);
      const head = Math.floor(bytesMax / 4);
      const tail = bytesMax - head;
      const expected =
        whole.length <= bytesMax
          ? whole
          : `${whole.slice(0, head)}\n[… ${whole.length - bytesMax} bytes are left out …]\n${whole.slice(-tail)}`;
      assert.equal(text(output), expected);
    }),
  );
});
