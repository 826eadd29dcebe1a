import assert from "node:assert/strict";
import { it } from "node:test";
import { bodyText, fittedLine, headText, type Paint } from "./listen-text.ts";

const marked: Paint = (style, text) => `<${style}>${text}</>`;

it("a line is cut to the terminal by the columns that it takes, and not by its colours", () => {
  const parts = [{ text: "abc ", style: "dim" as const }, { text: "日本語" }, { text: "xyz", style: "red" as const }];
  assert.equal(fittedLine(parts, 13, marked), "<dim>abc </>日本語<red>xyz</>");
  assert.equal(fittedLine(parts, 12, marked), "<dim>abc </>日本語<red>x…</>");
  assert.equal(fittedLine(parts, 8, marked), "<dim>abc </>日…");
  assert.equal(fittedLine(parts, 0, marked), "");
});

it("of a body lines stay lines, and what would speak to the terminal is replaced", () => {
  assert.equal(bodyText(Buffer.from("a\tb\r\nc\u001b[2J\u202e\u009b")), "  a  b\n  c\ufffd[2J\ufffd\ufffd\n");
  assert.equal(bodyText(Buffer.from([0xff])), "  (1 bytes that are no text)\n");
  assert.equal(bodyText(Buffer.alloc(0)), "");
});

it("the beginning of a longer body may end within a character", () => {
  const beginning = Buffer.from("日本").subarray(0, 5);
  assert.equal(bodyText(beginning, 600), "  日\n  … and 597 bytes more\n");
  assert.equal(bodyText(beginning), "  (5 bytes that are no text)\n");
});

it("values of headers are bytes, shown as the text that they are", () => {
  const bytes = Buffer.from("é\u001b").toString("latin1");
  assert.equal(headText("200 OK", ["X-A", bytes, "x\u0000", "1"]), "  200 OK\n  X-A: é\ufffd\n  x\ufffd: 1\n");
});
