/**
 * Clock steps, back and forward: retries come when they are due, and nothing leaves the log because a clock is wrong.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Clock } from "../../src/core/ports.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "../flows/an-app.ts";

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

/** The system's clock, as if somebody had set it wrong by `offsetMs`. */
function steppedClock(): { clock: Clock; stepTo: (offsetMs: number) => void } {
  let offsetMs = 0;
  const clock = systemClock({
    wallMs: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now(),
    uptimeMs: () => performance.now(),
  });
  return {
    clock,
    stepTo: (next) => {
      offsetMs = next;
    },
  };
}

describe("a wall clock that steps", () => {
  for (const [name, offsetMs] of [
    ["back by an hour", -hourMs],
    ["forward by a year", yearMs],
  ] as const) {
    it(`${name} neither delays nor hastens a retry, and empties no log`, async () => {
      const { clock, stepTo } = steppedClock();
      const receiver = await startTestReceiver();
      const app = await anApp({ machine: { clock } });
      try {
        let isFirst = true;
        receiver.answer(() => {
          if (!isFirst) return 200;
          isFirst = false;
          stepTo(offsetMs);
          return 500;
        });
        await app.registry.createEndpoint({ tenant: "default", url: receiver.url, retry: { delaysMs: [500] } }, 0);
        await publish(app, { type: "a", data: 1 });
        await eventually("sent again", () => receiver.requests.length === 2, 3000);
        const [first, second] = receiver.requests;
        assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 350, "not before it was due");
        await publish(app, { type: "a", data: 2 });
        await app.retention.run();
        assert.equal(app.store.events.bounds().earliest, 1, "retention removed nothing");
        await eventually("the new event too", () => receiver.requests.length === 3);
      } finally {
        await app.close();
        await receiver.close();
      }
    });
  }

  it("was a year ahead before a restart: what was parked then is due within its schedule", async () => {
    const { clock, stepTo } = steppedClock();
    const receiver = await startTestReceiver();
    const folder = await mkdtemp(join(tmpdir(), "trotline-clock-"));
    receiver.answer(500);
    stepTo(yearMs);
    const store = { folder, bytesMax: null };
    const ahead = systemClock({
      wallMs: () => clock.wallMs(),
      monotonicMs: () => performance.now(),
      uptimeMs: () => performance.now(),
    });
    const before = await anApp({ store, machine: { clock: ahead } });
    await before.registry.createEndpoint({ tenant: "default", url: receiver.url, retry: { delaysMs: [600, 600] } }, 0);
    await publish(before, { type: "a", data: 1 });
    await eventually("failed once", () => receiver.requests.length === 1);
    await before.dispatcher.journal.flushed();
    await before.close();
    receiver.answer(200);
    const after = await anApp({ store });
    try {
      await eventually("sent again", () => receiver.requests.length === 2, 5000);
    } finally {
      await after.close();
      await receiver.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
