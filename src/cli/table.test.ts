import assert from "node:assert/strict";
import { it } from "node:test";
import { type Column, detailText, shownText, tableText } from "./table.ts";

interface Row {
  readonly id: string;
  readonly text: string | null;
}
const columns: readonly Column<Row>[] = [
  { title: "ID", of: (row) => row.id },
  { title: "TEXT", of: (row) => row.text },
];

it("columns are as wide as their widest cell, and only the last is cut to the terminal", () => {
  const rows = [
    { id: "a-long-id", text: "x".repeat(40) },
    { id: "b", text: null },
  ];
  const table = tableText(rows, columns, { width: 30, widthsBefore: null });
  assert.equal(table.title, "ID         TEXT");
  assert.equal(table.rows, `a-long-id  ${"x".repeat(18)}…\nb          -\n`);
});

it("later rows have no titles, and columns that were wider before stay so", () => {
  const table = tableText([{ id: "b", text: "c" }], columns, { width: 30, widthsBefore: [4, 4] });
  assert.deepEqual([table.title, table.rows], [null, "b     c\n"]);
});

it("a narrow terminal still gets the ids whole, and some of the last column", () => {
  const { rows } = tableText([{ id: "i".repeat(30), text: "x".repeat(40) }], columns, {
    width: 10,
    widthsBefore: null,
  });
  assert.equal(rows, `${"i".repeat(30)}  ${"x".repeat(15)}…\n`);
});

it("what others wrote cannot speak to the terminal", () => {
  assert.equal(shownText("a\u001b[2Jb\u009bc\nd\u2028"), "a\ufffd[2Jb\ufffdc\ufffdd\ufffd");
  assert.equal(shownText("a\u202eb\u2066c\u200fd\u061c"), "a\ufffdb\ufffdc\ufffdd\ufffd");
  assert.equal(shownText("é😀"), "é😀");
});

it("a single thing stands as names and values, what is nested as JSON", () => {
  assert.equal(detailText({ id: "a", long_name: null, list: ["b"] }), 'id         a\nlong_name  -\nlist       ["b"]\n');
});
