import assert from "node:assert/strict";
import { it } from "node:test";
import { aKey } from "../../test/conformance/builders.ts";
import type { KeyUse, RegistryStore } from "../log/registry-store.ts";
import { type HeldKey, KeyUses } from "./key-uses.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it("however often keys are used, a minute has one write, of those that were", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const writes: (readonly KeyUse[])[] = [];
  let isRefusing = false;
  const store = {
    noteKeyUses: async (uses: readonly KeyUse[]) => {
      if (isRefusing) throw new Error("refused");
      writes.push(uses);
    },
  } as unknown as RegistryStore;
  const held = ["key_1", "key_2"].map((id): [string, HeldKey] => [id, { record: aKey({ id }), usedAtMs: null }]);
  const keys = new Map(held);
  const uses = new KeyUses(store, keys);
  uses.start(quiet);
  const minute = async (): Promise<void> => {
    context.mock.timers.tick(60_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const use = (id: string, atMs: number): void => {
    const key = keys.get(id);
    if (key !== undefined) key.usedAtMs = atMs;
  };
  for (let atMs = 1; atMs <= 100; atMs++) use("key_1", atMs);
  context.mock.timers.tick(59_999);
  assert.deepEqual(writes, []);
  await minute();
  assert.deepEqual(writes, [[{ id: "key_1", atMs: 100 }]]);
  await minute();
  assert.equal(writes.length, 1, "nothing was used");
  isRefusing = true;
  use("key_2", 200);
  await minute();
  isRefusing = false;
  await minute();
  assert.deepEqual(writes.at(-1), [{ id: "key_2", atMs: 200 }], "what the store refused is written later");
  use("key_1", 300);
  await uses.close();
  assert.deepEqual(writes.at(-1), [{ id: "key_1", atMs: 300 }], "and what is left at the end");
  assert.equal(writes.length, 3);
});

it("what other processes noted is known a minute later, and is not noted again", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const writes: (readonly KeyUse[])[] = [];
  const store = { noteKeyUses: async (uses: readonly KeyUse[]) => writes.push(uses) } as unknown as RegistryStore;
  const stored = [aKey({ id: "key_1", lastUsedAtMs: 500 }), aKey({ id: "key_2", lastUsedAtMs: 5 })];
  const keys = new Map(["key_1", "key_2"].map((id): [string, HeldKey] => [id, { record: aKey({ id }), usedAtMs: 9 }]));
  const uses = new KeyUses(store, keys, { keys: async (ids) => stored.filter(({ id }) => ids.includes(id)) });
  uses.start(quiet);
  for (let minute = 0; minute < 2; minute++) {
    context.mock.timers.tick(60_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(
    [...keys.values()].map(({ usedAtMs }) => usedAtMs),
    [500, 9],
  );
  await uses.close();
  assert.equal(writes.length, 1);
});
