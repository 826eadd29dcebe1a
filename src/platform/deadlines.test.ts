import assert from "node:assert/strict";
import { it } from "node:test";
import { Deadlines, type Timed } from "./deadlines.ts";

const timed = (timeoutMs: number, onDeadline: () => void): Timed => ({
  startedMs: performance.now(),
  timeoutMs,
  earlier: null,
  later: null,
  onDeadline,
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("deadlines come in the order of their start, each in its time, and not for what has ended", async () => {
  const deadlines = new Deadlines();
  const came: string[] = [];
  const begunMs = performance.now();
  let lastMs = 0;
  const add = (name: string, timeoutMs: number): Timed => {
    const one = timed(timeoutMs, () => {
      came.push(name);
      lastMs = performance.now() - begunMs;
    });
    deadlines.add(one);
    return one;
  };
  const first = add("first", 60);
  add("second", 60);
  const third = add("third", 60);
  add("sooner", 20);
  add("fourth", 60);
  deadlines.remove(first);
  deadlines.remove(third);
  await pause(40);
  assert.deepEqual(came, ["sooner"]);
  add("later", 60);
  await pause(150);
  assert.deepEqual(came, ["sooner", "second", "fourth", "later"]);
  assert.ok(lastMs >= 98, `the last came after ${lastMs} ms`);
  deadlines.remove(first);
  deadlines.close();
});

it("what ends at another's deadline has none of its own, and what is added then has", async () => {
  const deadlines = new Deadlines();
  const came: string[] = [];
  const second = timed(30, () => came.push("second"));
  const first = timed(30, () => {
    came.push("first");
    deadlines.remove(second);
    deadlines.add(timed(30, () => came.push("third")));
  });
  deadlines.add(first);
  deadlines.add(second);
  await pause(150);
  assert.deepEqual(came, ["first", "third"]);
  deadlines.close();
});
