import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, append } from "../conformance/builders.ts";
import { inFolder, withSqlite } from "../conformance/store-kinds.ts";

/** Each thread that runs has one port that keeps this process alive. */
const threads = (): number => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;

test("the thread that reads starts with the first question, ends when none comes, and starts again", () =>
  inFolder((folder) =>
    withSqlite(folder, { readerIdleMs: 20 }, async (store) => {
      const event = anEvent();
      await append(store, event);
      const withoutReader = threads();
      for (let round = 0; round < 3; round++) {
        const found = store.events.find("default", event.id);
        assert.equal(threads(), withoutReader + 1);
        assert.equal((await found)?.position, 1);
        await eventually("the thread has ended", () => threads() === withoutReader);
      }
    }),
  ));

test("reads that are under way when the store closes are answered or refused, and none waits for ever", () =>
  inFolder((folder) =>
    withSqlite(folder, {}, async (store) => {
      await append(store, anEvent());
      const reads = Array.from({ length: 20 }, () => store.events.read({ after: 0, limit: 10, bytesMax: 1000 }));
      const answers = Promise.allSettled(reads);
      await store.close();
      for (const answer of await answers) {
        if (answer.status === "rejected") assert.equal(answer.reason.code, "shutting-down");
        else assert.equal(answer.value.events.length, 1);
      }
    }),
  ));
