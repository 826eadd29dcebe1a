import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock, Logger } from "../core/ports.ts";
import type { ConfigurationChange, ConfigurationChanges, ConfigurationKind } from "../log/configuration-changes.ts";
import { eventually } from "../testing/eventually.ts";
import { ConfigurationWatch } from "./configuration-watch.ts";

/** A store whose changes are made by hand, and what the watch on it says. */
async function aWatch() {
  const made: ConfigurationChange[] = [];
  const state = { isAway: false, asked: 0, nowMs: 0, told: () => {} };
  const changes = {
    head: async () => made.length,
    since: async (sequence: number) => {
      state.asked += 1;
      const head = made.length;
      const answer = made.slice(sequence);
      await new Promise((resolve) => setImmediate(resolve));
      if (state.isAway) throw new Error("away");
      return { head, changes: answer, isComplete: answer.length === head - sequence };
    },
  } as Partial<ConfigurationChanges> as ConfigurationChanges;
  const lines: string[] = [];
  const note = (_facts: object, line: string): void => void lines.push(line);
  const logger = { debug: note, info: note, warn: note, error: note } as Logger;
  const clock = { wallMs: () => state.nowMs, steadyMs: () => state.nowMs } as Clock;
  const pulse = {
    listen: (_kind: string, told: () => void) => {
      state.told = told;
    },
  };
  const watch = await ConfigurationWatch.open({ changes, pulse, clock, logger });
  const change = (kind: ConfigurationKind, key: string): void => {
    made.push({ sequence: made.length + 1, kind, key });
  };
  return { watch, state, change, made, lines };
}

const keysIn = (told: (ReadonlySet<string> | null)[]): (string[] | null)[] => told.map((keys) => keys && [...keys]);

test("a refresh ends when what was committed before it is applied, also while another is under way", async () => {
  const { watch, state, change } = await aWatch();
  const told: (ReadonlySet<string> | null)[] = [];
  watch.on("key", async (keys) => void told.push(keys));
  const first = watch.refresh();
  change("key", "late");
  const refreshes = [watch.refresh(), watch.refresh(), watch.refresh()];
  await first;
  assert.deepEqual([keysIn(told), watch.builtOn([]).through], [[], 0]);
  await Promise.all(refreshes);
  assert.deepEqual([keysIn(told), watch.builtOn([]).through, state.asked], [[["late"]], 1, 2]);
  await watch.close();
});

test("what could not be applied is told again, with what came since, and nothing is built on it before", async () => {
  const { watch, change } = await aWatch();
  const told: (ReadonlySet<string> | null)[] = [];
  let fails = true;
  watch.on("source", async (keys) => {
    told.push(keys);
    if (fails) throw new Error("cannot be read");
  });
  change("source", "1");
  await assert.rejects(watch.refresh(), /cannot be read/);
  change("source", "2");
  assert.equal(watch.builtOn([]).through, 0);
  fails = false;
  await watch.refresh();
  assert.deepEqual([keysIn(told), watch.builtOn(["key"])], [[["1"], ["1", "2"]], { through: 2, kinds: ["key"] }]);
  await watch.close();
});

test("who follows late is told of what changed since the watch was made", async () => {
  const { watch, state, change } = await aWatch();
  change("replay", "a");
  await watch.refresh();
  const told: (ReadonlySet<string> | null)[] = [];
  watch.on("replay", async (keys) => void told.push(keys));
  watch.start();
  await eventually("it is told", () => told.length === 1);
  change("replay", "b");
  state.told();
  await eventually("it is told", () => told.length === 2);
  assert.deepEqual(keysIn(told), [["a"], ["b"]]);
  await watch.close();
});

test("where changes are not known any more, all is to be read", async () => {
  const { watch, change, made } = await aWatch();
  for (const key of ["a", "b"]) change("key", key);
  await watch.refresh();
  const told: (ReadonlySet<string> | null)[] = [];
  watch.on("key", async (keys) => void told.push(keys));
  made.pop();
  await watch.refresh();
  assert.deepEqual([keysIn(told), watch.builtOn([]).through], [[null], 1]);
  await watch.close();
});

test("a store that is away is asked again and again, and it is said once, after a while", async () => {
  const { watch, state, change, lines } = await aWatch();
  const told: (ReadonlySet<string> | null)[] = [];
  watch.on("key", async (keys) => void told.push(keys));
  state.isAway = true;
  change("key", "a");
  watch.start();
  await eventually("it is asked again", () => state.asked >= 2);
  assert.deepEqual(lines, []);
  state.nowMs = 60_000;
  await eventually("it is said", () => lines.length === 1);
  const { asked } = state;
  await eventually("it is asked again", () => state.asked > asked);
  state.isAway = false;
  await eventually("it is told", () => told.length === 1);
  await eventually("that it is over is said", () => lines.length === 2);
  await watch.close();
});
