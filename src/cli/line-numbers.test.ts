import assert from "node:assert/strict";
import { it } from "node:test";
import { LineNumbers } from "./line-numbers.ts";

const text = "\n{}\r\n \t\r\n\n{}\n{}\n\n\n{}";
/** The lines of `text` that hold an event, as an editor counts them. */
const lines = [2, 5, 6, 9];

it("an event's line is counted with the blank lines before it, however the input is cut", () => {
  for (let size = 1; size <= text.length; size++) {
    const numbers = new LineNumbers();
    for (let at = 0; at < text.length; at += size) numbers.see(Buffer.from(text.slice(at, at + size)));
    assert.deepEqual(
      lines.map((_, index) => numbers.lineOf(index)),
      lines,
      `in chunks of ${size}`,
    );
  }
});

it("answers that come while the input is read are counted alike", () => {
  const numbers = new LineNumbers();
  numbers.see(Buffer.from("{}\n\n"));
  assert.equal(numbers.lineOf(0), 1);
  numbers.see(Buffer.from("\n{}\n"));
  assert.equal(numbers.lineOf(1), 4);
});

it("it knows whether a line is under way", () => {
  const numbers = new LineNumbers();
  assert.equal(numbers.isAtStart, true);
  numbers.see(Buffer.from('{"a"'));
  assert.equal(numbers.isAtStart, false);
  numbers.see(Buffer.from(""));
  assert.equal(numbers.isAtStart, false);
  numbers.see(Buffer.from("}\n"));
  assert.equal(numbers.isAtStart, true);
});
