import assert from "node:assert/strict";
import { it } from "node:test";
import { hexLines } from "./hex-lines.ts";

it("shows bytes with their offsets, and what of them can be read", () => {
  const bytes = Uint8Array.from([...new TextEncoder().encode("<b>trotline</b>\n"), 0, 255]);
  assert.deepEqual(hexLines(bytes).split("\n"), [
    "00000000  3c 62 3e 74 72 6f 74 6c 69 6e 65 3c 2f 62 3e 0a  <b>trotline</b>.",
    `00000010  00 ff${" ".repeat(44)}..`,
  ]);
  assert.equal(hexLines(new Uint8Array()), "");
});
