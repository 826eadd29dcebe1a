/** The receiver kit: what a program's own code is given, and what becomes of what it throws. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { createReceiver, HandlerFailure, type ReceivedEvent } from "../../src/receiver.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startChild } from "../faults/store-child.ts";
import { aFolder } from "./a-command.ts";
import { aReceiver, quiet } from "./a-receiver.ts";
import { deliver, sourceSecret } from "./a-source.ts";

const github = { scheme: "github", secret: sourceSecret } as const;

it("gives the event with its data, its body and its headers, after the provider was answered 200", async (context) => {
  const seen: [ReceivedEvent, number, boolean][] = [];
  const { url } = await aReceiver(context, {
    handle: (event, { attempt, signal }) => void seen.push([event, attempt, signal.aborted]),
  });
  const body = '{"ref":  "main", "n": 12345678901234567890}';
  const answer = await deliver(`${url}/behind?x=1`, { id: "d-1", body, headers: { "X-Twice": "a" } });
  assert.deepEqual([answer.status, answer.text], [200, ""]);
  await eventually("it is handled", () => seen.length === 1);
  const [[event, attempt, aborted] = []] = seen;
  assert.ok(event);
  assert.deepEqual([attempt, aborted], [1, false]);
  const { type, source, deliveryId, key, method, target, address } = event;
  assert.deepEqual(
    { type, source, deliveryId, key, method, target, address },
    {
      ...{ type: "github.push", source: "github", deliveryId: "d-1", key: null },
      ...{ method: "POST", target: "/in/github/behind?x=1", address: "127.0.0.1" },
    },
  );
  assert.equal((event.data as { ref: string }).ref, "main");
  assert.equal(Buffer.from(event.body).toString(), body);
  assert.deepEqual([event.headers["x-twice"], event.headers["x-github-event"]], ["a", "push"]);
  assert.ok(event.rawHeaders.includes("X-Twice") || event.rawHeaders.includes("x-twice"));
  assert.ok(Math.abs(event.receivedAt.getTime() - Date.now()) < 60_000);
});

it("refuses what is not signed, and what no source is for, and handles none of it", async (context) => {
  let handled = 0;
  const { url, app } = await aReceiver(context, { handle: () => void handled++ });
  const forged = await deliver(url, { secret: "another" });
  assert.equal(forged.status, 401);
  assert.match(forged.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.equal(JSON.parse(forged.text).code, "verification-failed");
  const elsewhere = [`${url}s`, url.replace("/in/", "/out/"), url.replace("/in/github", "/in/"), new URL(url).origin];
  for (const address of elsewhere) assert.equal((await deliver(address)).status, 404, address);
  const put = await fetch(url, { method: "PUT", body: "{}" });
  assert.deepEqual([put.status, put.headers.get("allow")], [405, "POST"]);
  assert.deepEqual([handled, app.store.events.bounds().head], [0, 0]);
  const receipts = await eventually("receipts", async () => {
    const number = app.sources.require("github").number;
    const found = await app.sources.receipts({ sourceNumber: number, before: null, limit: 10 });
    return found.length === 2 && found;
  });
  assert.deepEqual(receipts.map(({ code }) => code).sort(), ["method_not_allowed", "verification_failed"]);
});

it("handles copies once, and answers each as the first", async (context) => {
  let handled = 0;
  const { url, app } = await aReceiver(context, { handle: () => void handled++ });
  for (let copy = 0; copy < 3; copy++) assert.equal((await deliver(url, { id: "same" })).status, 200);
  await deliver(url, { id: "other" });
  await eventually("both are handled", () => handled === 2);
  assert.equal((await app.store.events.redeliveries(1)).count, 2);
  assert.equal(app.store.events.bounds().head, 2);
});

it("comes again where a handler throws, and is a dead letter in the end, until it is retried by hand", async (context) => {
  const attempts: number[] = [];
  let isBroken = true;
  const receiver = await aReceiver(context, {
    retryDelaysMs: [5, 5],
    handle: (event, { attempt }) => {
      if (event.deliveryId !== "bad") return;
      attempts.push(attempt);
      if (isBroken) throw new Error(`no ${attempt}`);
    },
  });
  await deliver(receiver.url, { id: "good" });
  await deliver(receiver.url, { id: "bad", body: '{"n":7}' });
  const [letter, ...others] = await eventually("a dead letter", async () => {
    const letters = await receiver.deadLetters();
    return letters.length > 0 && letters;
  });
  assert.ok(letter);
  assert.equal(others.length, 0);
  const { event, lastError, gaveUpAt } = letter;
  assert.deepEqual([event.deliveryId, event.data, letter.attempts, lastError], ["bad", { n: 7 }, 3, "no 3"]);
  assert.ok(Math.abs(gaveUpAt.getTime() - Date.now()) < 60_000);
  assert.deepEqual(attempts, [1, 2, 3]);

  assert.deepEqual(await receiver.retry(event.id), { handled: false, error: "no 4" });
  assert.equal((await receiver.deadLetters()).length, 1);
  isBroken = false;
  assert.deepEqual(await receiver.retry(event.id), { handled: true, error: null });
  assert.deepEqual(await receiver.deadLetters(), []);
  assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
  await assert.rejects(receiver.retry("evt_none"), { code: "event-not-found" });
});

it("takes whatever is thrown for a failure, and says what there is to say", async (context) => {
  const silent = "The handler failed, and did not say why.";
  const thrown: readonly [unknown, string][] = [
    [new TypeError("typed"), "typed"],
    ["a text", "a text"],
    [undefined, "undefined"],
    [new Error(""), silent],
    [Object.create(null), silent],
    [new Proxy({}, { getPrototypeOf: () => assert.fail("asked") }), silent],
  ];
  const receiver = await aReceiver(context, {
    retryDelaysMs: [],
    handle: ({ deliveryId }) => Promise.reject(thrown[Number(deliveryId)]?.[0]),
  });
  for (const [index] of thrown.entries()) await deliver(receiver.url, { id: String(index) });
  const letters = await eventually("all are dead", async () => {
    const found = await receiver.deadLetters();
    return found.length === thrown.length && found;
  });
  assert.deepEqual(
    letters.map(({ lastError }) => lastError),
    thrown.map(([, sentence]) => sentence),
  );
});

it("has pages of dead letters in the order in which they came, and retries all of them", async (context) => {
  let isBroken = true;
  const handled: string[] = [];
  const receiver = await aReceiver(context, {
    sources: { github, other: github },
    retryDelaysMs: [],
    handle: ({ deliveryId }) => {
      if (isBroken) throw new Error("no");
      handled.push(deliveryId ?? "");
    },
  });
  // More than the failures in a row that would have an endpoint rest: they are each event's own.
  const ids = Array.from({ length: 24 }, (_, index) => `d${index}`);
  for (const [index, id] of ids.entries()) {
    await deliver(index % 2 === 0 ? receiver.url : receiver.url.replace("/github", "/other"), { id });
  }
  const letters = await eventually("all are dead", async () => {
    const found = await receiver.deadLetters();
    return found.length === ids.length && found;
  });
  const idsOf = (page: typeof letters) => page.map(({ event }) => event.deliveryId);
  assert.deepEqual(idsOf(letters), ids);
  const first = await receiver.deadLetters({ limit: 5 });
  assert.deepEqual(idsOf(first), ids.slice(0, 5));
  const after = first.at(-1)?.event.id ?? "";
  assert.deepEqual(idsOf(await receiver.deadLetters({ limit: 5, after })), ids.slice(5, 10));
  const ofOne = await receiver.deadLetters({ source: "other", limit: 2 });
  assert.deepEqual(idsOf(ofOne), ["d1", "d3"]);
  await assert.rejects(receiver.deadLetters({ limit: 0 }), TypeError);
  await assert.rejects(receiver.deadLetters({ after: "evt_none" }), { code: "event-not-found" });
  await assert.rejects(receiver.deadLetters({ source: "othr" }), { code: "source-not-found" });

  isBroken = false;
  assert.equal(await receiver.retryAll(), ids.length);
  await eventually("all are handled", () => handled.length === ids.length);
  assert.deepEqual(handled.toSorted(), ids.toSorted());
  await eventually("none is dead", async () => (await receiver.deadLetters()).length === 0);
  assert.equal(await receiver.retryAll(), 0);
});

it("has handlers for patterns of types, of which the first that fits is called", async (context) => {
  const called: string[] = [];
  const { url, app } = await aReceiver(context, {
    handle: {
      "github.push": () => void called.push("push"),
      "github.pull_request": () => void called.push("pull"),
      "*.push": () => void called.push("never: another was first"),
      "*.issues": () => void called.push("issues"),
    },
  });
  for (const event of ["push", "issues", "pull_request", "star"]) await deliver(url, { event });
  await eventually("all are settled", async () => {
    const delivered = await app.store.journal.attempts({ limit: 10 });
    return delivered.filter(({ errorClass }) => errorClass === null).length === 4;
  });
  assert.deepEqual(called.toSorted(), ["issues", "pull", "push"]);
});

it("rests as a handler asks for, when that is what it throws", async (context) => {
  const times: number[] = [];
  const { url } = await aReceiver(context, {
    retryDelaysMs: [0],
    handle: (_event, { attempt }) => {
      times.push(performance.now());
      if (attempt === 1) throw new HandlerFailure("busy", { retryAfterMs: 300 });
    },
  });
  await deliver(url);
  await eventually("the second attempt", () => times.length === 2);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 290);
});

it("handles no more at once than it is told", async (context) => {
  let running = 0;
  let most = 0;
  let handled = 0;
  const { url } = await aReceiver(context, {
    concurrency: 2,
    handle: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      handled += 1;
    },
  });
  await Promise.all(Array.from({ length: 12 }, () => deliver(url)));
  await eventually("all are handled", () => handled === 12);
  assert.equal(most, 2);
});

it("needs no key, and makes none", async (context) => {
  const { app } = await aReceiver(context);
  assert.deepEqual([app.firstKey, app.registry.keys.count], [null, 0]);
});

it("says which process has the folder, and starts when that has gone", async (context) => {
  const folder = aFolder();
  const child = startChild(folder, "idle");
  context.after(() => child.kill());
  await child.printed(1);
  const options = { folder, sources: { github }, handle: () => {}, logger: quiet };
  await assert.rejects(createReceiver(options), ({ code, message }: Error & { code: string }) => {
    assert.equal(code, "store-locked");
    return message.includes(folder) && message.includes(String(child.child.pid));
  });
  await child.kill();
  await aReceiver(context, options);
});

it("answers 503 where the store is full, and handles what it answered 200", async (context) => {
  const handled: (string | null)[] = [];
  const { url } = await aReceiver(context, {
    folder: aFolder(),
    storeBytesMax: 4 * 1024 * 1024,
    handle: ({ deliveryId }) => void handled.push(deliveryId),
  });
  const body = JSON.stringify("x".repeat(500_000));
  const taken: string[] = [];
  let refused: Awaited<ReturnType<typeof deliver>> | null = null;
  for (let count = 0; count < 30 && refused === null; count++) {
    const answer = await deliver(url, { id: `d${count}`, body });
    if (answer.status === 200) taken.push(`d${count}`);
    else refused = answer;
  }
  assert.equal(refused?.status, 503);
  assert.deepEqual([JSON.parse(refused.text).code, refused.headers.has("retry-after")], ["store-full", true]);
  assert.ok(taken.length > 0);
  await eventually("what was taken is handled", () => handled.length === taken.length);
  assert.deepEqual(handled.toSorted(), taken.toSorted());
});

it("ends a page of dead letters where their bodies are large, and has the rest on the next", async (context) => {
  const receiver = await aReceiver(context, {
    retryDelaysMs: [],
    handle: () => {
      throw new Error("no");
    },
  });
  const body = JSON.stringify("x".repeat(900_000));
  for (let count = 0; count < 7; count++) assert.equal((await deliver(receiver.url, { body })).status, 200);
  await eventually("all are dead", async () => (await receiver.app.store.journal.attempts({ limit: 10 })).length === 7);
  const first = await receiver.deadLetters();
  assert.equal(first.length, 5);
  const after = first.at(-1)?.event.id ?? "";
  const second = await receiver.deadLetters({ after });
  assert.equal(second.length, 2);
  assert.deepEqual(await receiver.deadLetters({ after: second.at(-1)?.event.id ?? "" }), []);
});
