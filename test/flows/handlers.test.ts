/** Endpoints that are code of the embedding program: what it is given, and what becomes of how it ends. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { type HandlerContext, type HandlerEvent, HandlerFailure } from "../../src/core/handler.ts";
import { encodeRequest } from "../../src/core/received-request.ts";
import type { OutputReader } from "../../src/outbound/live-output.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder } from "./a-command.ts";
import { aHandler, type Handle } from "./a-handler.ts";
import { anApp, publish } from "./an-app.ts";

it("is given the event, its data once they are asked for, and which attempt it is", async (context) => {
  const seen: [HandlerEvent, HandlerContext][] = [];
  const { app, attempts, endpointId } = await aHandler(context, (event, about) => void seen.push([event, about]));
  const occurred_at = "2026-01-31T12:00:00Z";
  await publish(app, { id: "e1", type: "a.b", subject: "s", version: "2", occurred_at, data: { n: [1] } });
  const [attempt] = await attempts(1);
  assert.deepEqual([attempt?.errorClass, attempt?.status], [null, null]);
  const [[event, about] = []] = seen;
  assert.ok(event !== undefined && about !== undefined);
  const { id, tenant, type, subject, version, occurredAt, data, request } = event;
  assert.deepEqual(
    { id, tenant, type, subject, version, data, request },
    { id: "e1", tenant: "default", type: "a.b", subject: "s", version: "2", data: { n: [1] }, request: null },
  );
  assert.equal(occurredAt.toISOString(), "2026-01-31T12:00:00.000Z");
  assert.equal(Buffer.from(event.dataBytes).toString(), '{"n":[1]}');
  assert.deepEqual([about.attempt, about.endpointId, about.signal.aborted], [1, endpointId, false]);
});

it("is given the request of an event that was received, also where a transform made other data", async (context) => {
  const seen: HandlerEvent[] = [];
  const { app, attempts } = await aHandler(context, (event) => void seen.push(event), {
    transform: "{'made': data.a}",
  });
  const data = Buffer.from('{"a":1}');
  const kept = {
    ...{ method: "POST", target: "/in/hub", headers: ["X-A", "1"], address: "192.0.2.1", protocol: "https" as const },
    ...{ receivedAtMs: 1, body: data, source: "hub", deliveryId: "d", providerType: null },
  };
  const facts = { id: "e", tenant: "default", type: "hub.received", subject: null, version: null, occurredAtMs: 1 };
  const events = [{ ...facts, occurredAtWasGiven: true, data, request: encodeRequest(kept, data) }];
  await app.store.events.append({ events, atomic: true, idempotency: null });
  await attempts(1);
  assert.deepEqual(seen[0]?.data, { made: 1 });
  assert.equal(Buffer.from(seen[0]?.request?.body ?? "").toString(), '{"a":1}');
  assert.deepEqual(seen[0]?.request?.headers, ["X-A", "1"]);
});

it("fails an attempt by throwing, at once or later, with the error's message; and comes again", async (context) => {
  const errors = [
    () => {
      throw new Error("at once");
    },
    () => Promise.reject(new TypeError("later")),
    () => Promise.reject("no error"),
    () => Promise.reject(new Error("")),
    () => Promise.reject(new Error("x".repeat(5000))),
    () => "done",
  ];
  const settings = { retry: { delaysMs: [5, 5, 5, 5, 5] }, retryJitter: 0 };
  const { app, attempts } = await aHandler(context, (_event, { attempt }) => errors[attempt - 1]?.(), settings);
  await publish(app, { type: "a", data: 1 });
  const ended = await attempts(6);
  assert.deepEqual(
    ended.map(({ errorClass, errorDetail }) => [errorClass, errorDetail]),
    [
      ["handler", "at once"],
      ["handler", "later"],
      ["handler", "no error"],
      ["handler", "The handler failed, and did not say why."],
      ["handler", "x".repeat(1000)],
      [null, null],
    ],
  );
});

it("says how it failed, and how long the endpoint is to rest", async (context) => {
  const times: number[] = [];
  const handle: Handle = (_event, { attempt }) => {
    times.push(performance.now());
    if (attempt === 1) {
      throw new HandlerFailure("busy", { errorClass: "exit_status", status: 75, retryAfterMs: 300 });
    }
    return { status: 0 };
  };
  const { app, attempts } = await aHandler(context, handle, { retry: { delaysMs: [1] }, retryJitter: 0 });
  await publish(app, { type: "a", data: 1 });
  const [first, second] = await attempts(2);
  assert.deepEqual([first?.errorClass, first?.errorDetail, first?.status], ["exit_status", "busy", 75]);
  assert.deepEqual([second?.errorClass, second?.status], [null, 0]);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 290);
});

it("cannot say what would mean something else to the lane", () => {
  const odd = new HandlerFailure("odd", { errorClass: "http_status" as never, status: 410, retryAfterMs: -1 });
  assert.deepEqual([odd.errorClass, odd.status, odd.retryAfterMs], ["handler", null, null]);
});

it("keeps what it writes with the attempt, whether it fails or not", async (context) => {
  const handle: Handle = (_event, { write, attempt }) => {
    write("to one, ");
    write(Buffer.from("to the other"), "stderr");
    if (attempt === 1) throw new Error("no");
  };
  const { app, attempts } = await aHandler(context, handle, { retry: { delaysMs: [1] } });
  await publish(app, { type: "a", data: 1 });
  for (const { responseBody } of await attempts(2)) {
    assert.equal(Buffer.from(responseBody).toString(), "to one, to the other");
  }
});

it("that does not end in time fails the attempt, is told so, and counts until it has ended", async (context) => {
  let running = 0;
  let most = 0;
  const signals: AbortSignal[] = [];
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const handle: Handle = async (event, { signal }) => {
    running += 1;
    most = Math.max(most, running);
    signals.push(signal);
    if (event.id === "hangs") await held;
    running -= 1;
  };
  const { app, attempts } = await aHandler(context, handle, { maxInFlight: 1, timeoutMs: 1000 });
  await publish(app, [
    { id: "hangs", type: "a", data: 1 },
    { id: "waits", type: "a", data: 2 },
  ]);
  const [first, second] = await attempts(2);
  assert.deepEqual([first?.errorClass, second?.errorClass], ["timeout", "timeout"]);
  assert.match(first?.errorDetail ?? "", /had not ended after 1000 ms/);
  assert.match(second?.errorDetail ?? "", /waited 1000 ms/);
  assert.deepEqual([signals.length, signals[0]?.aborted, running], [1, true, 1]);
  letGo();
  await publish(app, { id: "after", type: "a", data: 3 });
  const [, , third] = await attempts(3);
  assert.deepEqual([third?.errorClass, most], [null, 1]);
});

it("burns no attempt while its name is not registered: events wait, the log says so, and they go when it is", async (context) => {
  const said: object[] = [];
  const logger = { debug: () => {}, info: () => {}, error: () => {}, warn: (facts: object) => void said.push(facts) };
  const store = { folder: aFolder(), bytesMax: null };
  const place = { tenant: "default", kind: "handler", handler: "note", retry: { delaysMs: [] } } as const;
  const before = await anApp({ store, handlers: { note: () => {} } });
  const { id, number } = await before.registry.createEndpoint(place, 0);
  await before.close();
  const other = await anApp({ store, logger });
  await publish(other, { type: "a", data: 1 });
  await publish(other, { type: "a", data: 2 });
  await eventually("the log says it", () => said.length > 0);
  await other.close();
  assert.deepEqual(said, [{ endpoint: id, handler: "note" }], "once");
  const app = await anApp({ store });
  context.after(() => app.close());
  assert.deepEqual(await app.store.journal.attempts({ endpointNumber: number, limit: 10 }), []);
  const seen: unknown[] = [];
  app.runs.handlers.set("note", (event) => void seen.push(event.data));
  await eventually("both are handled", () => seen.length === 2);
  assert.deepEqual(seen.sort(), [1, 2]);
});

it("goes on soon when its name is registered again, also where a retry of it is due much later", async (context) => {
  const hour = 3_600_000;
  const handle: Handle = ({ id }) => (id === "first" ? Promise.reject(new Error("no")) : undefined);
  const { app, attempts } = await aHandler(context, handle, { retry: { delaysMs: [hour] } });
  await publish(app, { id: "first", type: "a", data: 1 });
  await attempts(1);
  app.runs.handlers.delete("note");
  await publish(app, { id: "second", type: "a", data: 2 });
  await new Promise((resolve) => setTimeout(resolve, 30)); // In which it is found that nobody takes it.
  app.runs.handlers.set("note", () => {});
  assert.deepEqual(
    (await attempts(2)).map(({ eventId }) => eventId),
    ["first", "second"],
  );
});

it("burns no attempt for whoever asks for one while its name is not registered: one is refused, a replay waits", async (context) => {
  const { app, attempts, endpointId } = await aHandler(context, () => {});
  await publish(app, { type: "a", data: 1 });
  await attempts(1);
  app.runs.handlers.delete("note");
  const [event] = (await app.store.events.read({ after: 0, limit: 1, bytesMax: 1000 })).events;
  const endpoint = app.registry.endpoint(endpointId);
  assert.ok(event !== undefined && endpoint !== undefined);
  await assert.rejects(app.deliveries.retry(endpoint, event), { code: "handler-unknown", message: /`note`/ });
  const range = { first: 1, last: 1, types: [], only: "all", isDryRun: false } as const;
  const { id } = await app.replays.create({ ...range, endpointId, endpointNumber: endpoint.number });
  await new Promise((resolve) => setTimeout(resolve, 30)); // In which it would fail, did it not wait.
  assert.equal((await attempts(1)).length, 1);
  app.runs.handlers.set("note", () => {});
  await eventually("it was replayed", () => app.replays.require(id).status === "completed");
  assert.deepEqual(
    (await attempts(2)).map(({ errorClass }) => errorClass),
    [null, null],
  );
});

it("is cut off when its endpoint is deleted, and what waits for its turn is not called", async (context) => {
  const signals: AbortSignal[] = [];
  const hangs: Handle = (_event, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  const { app, endpointId } = await aHandler(context, hangs, { maxInFlight: 1 });
  const ended: [string, string | null, string | null][] = [];
  const silent = (): void => {};
  const reader: OutputReader = {
    ...{ started: silent, wrote: silent, closed: silent },
    ended: ({ eventId }, { errorClass, errorDetail }) => void ended.push([eventId, errorClass, errorDetail]),
  };
  context.after(app.runs.output.follow(endpointId, reader));
  await publish(app, { id: "runs", type: "a", data: 1 });
  await eventually("it is called", () => signals.length === 1);
  const endpoint = app.registry.requireEndpoint(endpointId);
  const tested = app.testSender.send(endpoint, "a");
  await app.registry.deleteEndpoint(endpointId);
  assert.equal((signals[0]?.reason as Error | undefined)?.name, "AbortError");
  const sentence = "Its endpoint was deleted before it had ended.";
  assert.deepEqual([(await tested).result.errorClass, (await tested).result.errorDetail], ["handler", sentence]);
  await eventually("it has ended", () => ended.length > 0);
  assert.deepEqual([ended, signals.length], [[["runs", "handler", sentence]], 1]);
});

it("is cut off by the app's end, and comes again at the next start as if it had not been attempted", async (context) => {
  const store = { folder: aFolder(), bytesMax: null };
  let wasAborted = false;
  let hasBegun = false;
  const hangs = (_event: HandlerEvent, { signal }: HandlerContext): Promise<void> => {
    hasBegun = true;
    signal.addEventListener("abort", () => {
      wasAborted = true;
    });
    return new Promise(() => {});
  };
  const before = await anApp({ store, handlers: { note: hangs }, shutdownGraceMs: 50 });
  const place = { tenant: "default", kind: "handler", handler: "note" } as const;
  const { number } = await before.registry.createEndpoint(place, 0);
  await publish(before, { type: "a", data: 1 });
  await eventually("the handler has begun", () => hasBegun);
  await before.close();
  assert.equal(wasAborted, true);
  const after = await anApp({ store, handlers: { note: () => {} } });
  context.after(() => after.close());
  const [attempt] = await eventually("an attempt", async () => {
    const found = await after.store.journal.attempts({ endpointNumber: number, limit: 10 });
    return found.length > 0 && found;
  });
  assert.deepEqual([attempt?.number, attempt?.errorClass], [1, null]);
});
