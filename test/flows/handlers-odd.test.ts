/** Handlers that throw, answer or do what no handler should: each costs its own attempt, and nothing more. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { HandlerFailure } from "../../src/core/handler.ts";
import { encodeRequest } from "../../src/core/received-request.ts";
import type { LiveRun } from "../../src/outbound/live-output.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aHandler, type Handle } from "./a-handler.ts";
import { publish } from "./an-app.ts";

for (const [what, thrown] of [
  ["nothing", undefined],
  ["an object without a prototype", Object.create(null)],
  ["what cannot be made text", { toString: () => assert.fail("no text") }],
  ["what answers no question", new Proxy({}, { getPrototypeOf: () => assert.fail("no class") })],
  ["an error whose message is no text", Object.assign(new Error(), { message: { a: 1 } })],
  ["an error with a message of 10 MB", new Error("x".repeat(10_000_000))],
] as const) {
  it(`fails one attempt, and gives its turn back once, where it throws ${what}`, async (context) => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let running = 0;
    let most = 0;
    const handle: Handle = async ({ id }, { attempt }) => {
      if (id === "odd" && attempt === 1) throw thrown;
      running += 1;
      most = Math.max(most, running);
      await held;
      running -= 1;
    };
    const { app, attempts, endpointId } = await aHandler(context, handle, { maxInFlight: 2 });
    const ended: string[] = [];
    const silent = (): void => {};
    const reader = {
      started: silent,
      wrote: silent,
      closed: silent,
      ended: (run: LiveRun) => void ended.push(run.eventId),
    };
    context.after(app.runs.output.follow(endpointId, reader));
    await publish(app, { id: "one", type: "a", data: 1 });
    await publish(app, { id: "odd", type: "a", data: 1 });
    const [attempt] = await attempts(1);
    assert.deepEqual([attempt?.eventId, attempt?.errorClass], ["odd", "handler"]);
    assert.ok((attempt?.errorDetail ?? "").length <= 1000);
    assert.deepEqual(ended, ["odd"]);
    await publish(app, { id: "two", type: "a", data: 1 });
    await eventually("as many as may", () => running === 2);
    const { events } = await app.store.events.read({ after: 0, limit: 9, bytesMax: 1000 });
    const odd = events.find(({ id }) => id === "odd");
    const endpoint = app.registry.endpoint(endpointId);
    assert.ok(odd !== undefined && endpoint !== undefined);
    const byHand = app.deliveries.retry(endpoint, odd);
    await new Promise((resolve) => setTimeout(resolve, 30)); // In which it would run, had it a turn.
    letGo();
    await byHand;
    await attempts(4);
    assert.equal(most, 2);
  });
}

it("that says it was interrupted while the app runs on does not stop its lane", async (context) => {
  const handle: Handle = ({ id }) => {
    if (id === "e1") throw new HandlerFailure("not now", { errorClass: "interrupted" });
  };
  const { app, attempts } = await aHandler(context, handle, { maxInFlight: 1 });
  await publish(app, { id: "e1", type: "a", data: 1 });
  await publish(app, { id: "e2", type: "a", data: 1 });
  const [first, second] = await attempts(2);
  assert.deepEqual([first?.errorClass, first?.errorDetail, second?.errorClass], ["handler", "not now", null]);
});

it("that writes over its event's bytes changes nobody else's", async (context) => {
  const seen: string[] = [];
  const handle: Handle = ({ dataBytes, request }) => {
    seen.push(`${Buffer.from(dataBytes)} ${Buffer.from(request?.body ?? [])}`);
    dataBytes.fill(0);
    request?.body.fill(0);
  };
  const { app, attempts } = await aHandler(context, handle, { maxInFlight: 1 });
  const place = { tenant: "default", kind: "handler", handler: "note" } as const;
  await app.registry.createEndpoint(place, 0);
  const data = Buffer.from('{"a":1}');
  const kept = {
    ...{ method: "POST", target: "/in/hub", headers: [], address: "192.0.2.1", protocol: "https" as const },
    ...{ receivedAtMs: 1, body: data, source: "hub", deliveryId: "d", providerType: null },
  };
  const facts = { id: "e", tenant: "default", type: "hub.received", subject: null, version: null, occurredAtMs: 1 };
  const events = [{ ...facts, occurredAtWasGiven: true, data, request: encodeRequest(kept, data) }];
  await app.store.events.append({ events, atomic: true, idempotency: null });
  await eventually("both were called", () => seen.length === 2);
  await attempts(1);
  assert.deepEqual(seen, ['{"a":1} {"a":1}', '{"a":1} {"a":1}']);
});

it("leaves no event out that waited for its turn when the handler went", async (context) => {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const { app, attempts } = await aHandler(context, () => held, { maxInFlight: 1, timeoutMs: 1000 });
  await publish(app, { id: "hangs", type: "a", data: 1 });
  await publish(app, { id: "waits", type: "a", data: 1 });
  await attempts(1);
  app.runs.handlers.delete("note");
  letGo();
  const [, second] = await attempts(2);
  assert.deepEqual([second?.eventId, second?.errorClass], ["waits", "handler"]);
  assert.match(second?.errorDetail ?? "", /no handler/);
});

it("may close the app itself, which waits for it no longer than its grace", async (context) => {
  const signals: AbortSignal[] = [];
  let closed = (): void => {};
  const whenClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const { app } = await aHandler(context, async (_event, { signal }) => {
    signals.push(signal);
    await app.close();
    closed();
  });
  await publish(app, { type: "a", data: 1 });
  await whenClosed;
  assert.deepEqual([signals.length, (signals[0]?.reason as Error | undefined)?.name], [1, "AbortError"]);
});
