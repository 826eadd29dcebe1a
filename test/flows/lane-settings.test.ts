/** What was changed on an endpoint holds for its lane from then on, also where the lane was not in memory. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Clock } from "../../src/core/ports.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

it("an endpoint that is paused while somebody retries a delivery of it stays paused, though its lane had left memory", async (context) => {
  const { clock, pass } = aClockThatPasses();
  const app = await anApp({ machine: { clock }, shutdownGraceMs: 0 });
  const receiver = await startTestReceiver();
  context.after(async () => {
    await app.close();
    await receiver.close();
  });
  const endpoint = (path: string) =>
    app.registry.createEndpoint({ tenant: "default", url: `${receiver.url}${path}` }, 0);
  const paused = await endpoint("/paused");
  const { items } = await publish(app, { type: "a", data: 1 });
  await eventually("delivered", () => receiver.requests.length === 1);
  await eventually("settled", () => app.deliveries.laneView(paused).inFlight === 0);
  await app.dispatcher.journal.flushed();
  pass(10 * 60_000);
  app.dispatcher.lanes.forgetIdle();
  assert.equal(app.dispatcher.lanes.get(paused.number), undefined, "its lane has left memory");

  const event = await app.store.events.find("default", items[0]?.id ?? "");
  const retry = app.deliveries.retry(paused, event ?? assert.fail());
  await app.registry.setStatus(paused.id, "paused", null);
  await retry;
  assert.equal(receiver.requests.length, 2, "what a person asks for goes all the same");
  await endpoint("/other");
  await publish(app, { type: "a", data: 2 });
  await eventually("the other endpoint's", () => receiver.requests.some(({ path }) => path === "/other"));
  const paths = receiver.requests.map(({ path }) => path);
  assert.deepEqual(paths.filter((path) => path === "/paused").length, 2, "nothing was sent to the paused one");
});

function aClockThatPasses(): { clock: Clock; pass: (ms: number) => void } {
  const real = systemClock();
  let passedMs = 0;
  return {
    clock: { wallMs: () => real.wallMs() + passedMs, steadyMs: () => real.steadyMs() + passedMs },
    pass: (ms) => {
      passedMs += ms;
    },
  };
}
