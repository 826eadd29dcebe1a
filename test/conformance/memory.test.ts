import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { anEvent, append } from "./builders.ts";
import { requestsSuite } from "./requests-suite.ts";
import { shardsSuite } from "./shards-suite.ts";
import { sharedConsumersSuite } from "./shared-consumers-suite.ts";
import { HandClock, memoryKind, sharedMemoryKind } from "./store-kinds.ts";
import { conformanceSuites } from "./suites.ts";

conformanceSuites(memoryKind);
shardsSuite(sharedMemoryKind);
sharedConsumersSuite(sharedMemoryKind);
requestsSuite(sharedMemoryKind);

test("memory stores that share their data tell each other's listeners of every event, in order", async () => {
  const clock = new HandClock();
  const shared = new MemoryData({ clock, shards: 8 });
  const [one, other] = [openMemoryStore({ clock, shared }), openMemoryStore({ clock, shared })];
  const told: string[] = [];
  one.events.onAppended((events) => told.push(...events.map(({ id }) => `one ${id}`)));
  other.events.onAppended((events) => told.push(...events.map(({ id }) => `other ${id}`)));
  await append(one, anEvent({ id: "a" }));
  await append(other, anEvent({ id: "b" }));
  await one.close();
  await append(other, anEvent({ id: "c" }));
  assert.deepEqual(told, ["one a", "other a", "one b", "other b", "other c"]);
  assert.equal(other.events.bounds().head, 3);
});
