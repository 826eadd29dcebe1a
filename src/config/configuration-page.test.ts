import assert from "node:assert/strict";
import { it } from "node:test";
import { configurationPage } from "./configuration-page.ts";
import { optionList } from "./options.ts";

it("has a row for each option, in five cells, and no secret's flag", () => {
  const rows = configurationPage()
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| flag"));
  assert.equal(rows.length, optionList.length);
  for (const row of rows) assert.equal(row.split(/(?<!\\)\|/).length, 7, row);
  assert.ok(!configurationPage().includes("--admin-key"));
});
