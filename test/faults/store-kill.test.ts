import assert from "node:assert/strict";
import { test } from "node:test";
import { HandClock, inFolder, sqliteKind } from "../conformance/store-kinds.ts";
import { startChild } from "./store-child.ts";

test("after kill -9 everything that was answered is there, once, and positions are dense", { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    const answered = new Map<number, string>();
    let headBefore = 0;
    for (const lines of [200, 1, 2000]) {
      const writer = startChild(folder, "append");
      await writer.printed(1 + lines);
      await writer.kill();
      for (const line of writer.lines().slice(1)) {
        const [position, id] = line.split(" ");
        answered.set(Number(position), String(id));
      }
      const store = await sqliteKind.open(folder, new HandClock());
      const { head } = store.events.bounds();
      assert.ok(head >= headBefore + lines, `${head} events after ${headBefore} and ${lines}`);
      headBefore = head;
      const { events } = await store.events.read({ after: 0, limit: head + 1, bytesMax: 1e9 });
      assert.deepEqual(
        events.map((event) => event.position),
        Array.from({ length: head }, (_, index) => index + 1),
      );
      assert.equal(new Set(events.map((event) => event.id)).size, head);
      for (const [position, id] of answered) assert.equal(events[position - 1]?.id, id);
      await store.close();
    }
  }),
);
