import assert from "node:assert/strict";
import { it } from "node:test";
import type { RunningLane } from "./running-lane.ts";
import { WakeQueue } from "./wake-queue.ts";

const aLane = (): RunningLane => ({ wakeAtMs: null, isRemoved: false }) as RunningLane;

it("a lane that changes its wish often takes no more memory for it", () => {
  const queue = new WakeQueue<RunningLane>(
    () => 0,
    () => {},
  );
  const running = aLane();
  for (let turn = 0; turn < 100_000; turn++) queue.set(running, 3_600_000 + turn);
  assert.ok(queue.length < 5000, `${queue.length} entries`);
  queue.close();
});

it("lanes are woken in the order of their newest wishes, each once, also after forgotten wishes were dropped", async () => {
  let nowMs = 0;
  const woken: RunningLane[] = [];
  const queue = new WakeQueue<RunningLane>(
    () => nowMs,
    (running) => woken.push(running),
  );
  const lanes = Array.from({ length: 3000 }, aLane);
  for (const running of lanes) for (let wish = 0; wish < 3; wish++) queue.set(running, 10_000 + wish);
  for (const [index, running] of lanes.entries()) queue.set(running, 5000 - index);
  nowMs = 20_000;
  queue.set(aLane(), 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(woken.slice(1), lanes.toReversed());
  queue.close();
});
