import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { FinishedPrefix } from "./finished-prefix.ts";

it("what ended out of order waits for what came before it", () => {
  const prefix = new FinishedPrefix();
  const [first, second, third] = ["a", "b", "c"].map((cursor) => prefix.add(cursor));
  assert.equal(prefix.cursor, null);
  prefix.finish(second!);
  assert.equal(prefix.cursor, null);
  prefix.finish(first!);
  assert.equal(prefix.cursor, "b");
  assert.equal(prefix.length, 1);
  prefix.finish(third!);
  assert.equal(prefix.cursor, "c");
  assert.equal(prefix.length, 0);
});

it("what the filter left out is passed only once everything before it is finished", () => {
  const prefix = new FinishedPrefix();
  const entry = prefix.add("a");
  prefix.add("b", true);
  assert.equal(prefix.cursor, null);
  prefix.finish(entry);
  assert.equal(prefix.cursor, "b");
});

it("in whatever order events end, the cursor is that of the longest prefix", () => {
  const cases = fc.array(fc.oneof(fc.constant("add" as const), fc.nat(50)), { maxLength: 300 });
  fc.assert(
    fc.property(cases, (steps) => {
      const prefix = new FinishedPrefix();
      const entries: ReturnType<FinishedPrefix["add"]>[] = [];
      for (const step of steps) {
        if (step === "add") entries.push(prefix.add(String(entries.length)));
        else if (entries[step] !== undefined) prefix.finish(entries[step]);
        const unfinished = entries.findIndex(({ isFinished }) => !isFinished);
        const length = unfinished === -1 ? entries.length : unfinished;
        assert.equal(prefix.cursor, length === 0 ? null : String(length - 1));
        assert.equal(prefix.length, entries.length - length);
      }
    }),
  );
});
