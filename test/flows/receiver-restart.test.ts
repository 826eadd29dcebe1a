/** The receiver kit started again: with what was left to do, and with other sources, secrets and settings. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder } from "./a-command.ts";
import { aReceiver } from "./a-receiver.ts";
import { deliver, sourceSecret } from "./a-source.ts";

const github = { scheme: "github", secret: sourceSecret } as const;

it("goes on with what was not handled, and keeps its dead letters", async (context) => {
  const folder = aFolder();
  const first = await aReceiver(context, {
    folder,
    retryDelaysMs: [],
    handle: ({ deliveryId }) => {
      if (deliveryId === "dead") throw new Error("no");
      return new Promise(() => {});
    },
  });
  await deliver(first.url, { id: "dead" });
  await eventually("it is dead", async () => (await first.deadLetters()).length === 1);
  for (const id of ["a", "b", "c"]) await deliver(first.url, { id });
  await first.close();

  const handled: [string | null, number][] = [];
  const second = await aReceiver(context, {
    folder,
    handle: ({ deliveryId }, { attempt }) => void handled.push([deliveryId, attempt]),
  });
  await eventually("they are handled", () => handled.length === 3);
  assert.deepEqual(handled.toSorted(), [
    ["a", 1],
    ["b", 1],
    ["c", 1],
  ]);
  const [letter] = await second.deadLetters();
  assert.deepEqual([letter?.event.deliveryId, letter?.lastError], ["dead", "no"]);
  assert.equal(await second.retryAll(), 1);
  await eventually("it is handled, too", () => handled.length === 4);
  await deliver(second.url, { id: "a" });
  await deliver(second.url, { id: "new" });
  await eventually("what is new is handled", () => handled.length === 5);
  assert.deepEqual(handled.at(-1), ["new", 1]);
});

it("takes secrets as they are said at each start", async (context) => {
  const folder = aFolder();
  const statuses = async (secret: string | readonly string[]) => {
    const { url, app, close } = await aReceiver(context, { folder, sources: { github: { scheme: "github", secret } } });
    const stored = app.sources.require("github").secrets.map(({ value }) => value);
    assert.deepEqual(stored, typeof secret === "string" ? [secret] : secret);
    const answers: number[] = [];
    for (const used of ["one", "two", "three"]) answers.push((await deliver(url, { secret: used })).status);
    await close();
    return answers;
  };
  assert.deepEqual(await statuses("one"), [200, 401, 401]);
  assert.deepEqual(await statuses(["three", "two", "one"]), [200, 200, 200]);
  assert.deepEqual(await statuses(["two", "one"]), [200, 200, 401]);
  assert.deepEqual(await statuses("two"), [401, 200, 401]);
  assert.deepEqual(await statuses(["two"]), [401, 200, 401]);
});

it("takes other sources and schemes, and knows the copies of a source that was gone for a while", async (context) => {
  const folder = aFolder();
  const handled: string[] = [];
  const handle = ({ type, deliveryId }: { type: string; deliveryId: string | null }) =>
    void handled.push(`${type} ${deliveryId}`);
  const first = await aReceiver(context, { folder, handle });
  await deliver(first.url, { id: "d" });
  await eventually("the first is handled", () => handled.length === 1);
  await first.close();

  const second = await aReceiver(context, {
    folder,
    handle,
    sources: { gitea: { scheme: "token", secret: "t0ken-of-the-test", settings: {} } },
  });
  assert.equal((await deliver(second.url, { id: "d" })).status, 404);
  await second.close();

  const third = await aReceiver(context, { folder, handle, sources: { github, gitea: { scheme: "unverified" } } });
  assert.equal((await deliver(third.url, { id: "d" })).status, 200);
  assert.equal((await deliver(third.url, { id: "e" })).status, 200);
  assert.equal((await deliver(third.url.replace("/github", "/gitea"))).status, 200);
  await eventually("what is new is handled", () => handled.length === 3);
  assert.deepEqual(handled.toSorted(), ["gitea.received null", "github.push d", "github.push e"]);
});

it("handles what a source took that is said no more, and asks a new one for nothing that is old", async (context) => {
  const folder = aFolder();
  const first = await aReceiver(context, { folder, handle: () => new Promise(() => {}) });
  await deliver(first.url, { id: "d" });
  await first.close();
  const handled: string[] = [];
  const second = await aReceiver(context, {
    folder,
    sources: { other: github },
    handle: ({ type }) => void handled.push(type),
  });
  await eventually("it is handled", () => handled.length === 1);
  await deliver(second.url.replace("/github", "/other"));
  await eventually("so is the other's", () => handled.length === 2);
  assert.deepEqual(handled, ["github.push", "other.push"]);
});

it("changes the settings of its lanes, and stores nothing where nothing changed", async (context) => {
  const folder = aFolder();
  const started = async (options: object) => {
    const { app, close } = await aReceiver(context, { folder, ...options });
    const { endpoints } = app.registry.listEndpoints({ limit: 10 });
    const shown = endpoints.map(({ updatedAtMs, maxInFlight, retry, timeoutMs, ordering, onExhausted }) => ({
      updatedAtMs,
      settings: { maxInFlight, delaysMs: retry.delaysMs, timeoutMs, ordering, onExhausted },
    }));
    const sources = app.sources.list({ limit: 10 }).sources.map(({ updatedAtMs }) => updatedAtMs);
    await close();
    assert.equal(shown.length, 1);
    return { ...shown[0], sources };
  };
  const options = { concurrency: 3, retryDelaysMs: [1, 2], timeoutMs: 5000, orderBy: "body:id", onExhausted: "block" };
  const first = await started({});
  assert.deepEqual([first.settings?.maxInFlight, first.settings?.ordering], [8, "none"]);
  assert.deepEqual(await started({}), first);
  const changed = await started(options);
  const settings = { maxInFlight: 3, delaysMs: [1, 2], timeoutMs: 5000, ordering: "key", onExhausted: "block" };
  assert.deepEqual(changed.settings, settings);
  assert.deepEqual(await started(options), changed);
  assert.deepEqual((await started({})).settings, first.settings);
});
