/** What programs and handlers write, followed while they run. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { readEventStream, type StreamedEvent } from "../../src/cli/event-stream.ts";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aCommandScene } from "./a-command.ts";
import type { TestServer } from "./a-server.ts";
import { openStream } from "./a-stream.ts";
import { trotline } from "./cli-run.ts";

interface Follower {
  readonly events: StreamedEvent[];
  readonly status: number;
  /** True when the stream has ended. */
  hasEnded(): boolean;
  leave(): void;
}

async function follow(context: TestContext, { url, key }: TestServer, id: string, ownKey = key): Promise<Follower> {
  const leaving = new AbortController();
  context.after(() => leaving.abort());
  const { signal } = leaving;
  const response = await fetch(`${url}/v1/endpoints/${id}/output`, {
    headers: { authorization: `Bearer ${ownKey}` },
    signal,
  });
  const events: StreamedEvent[] = [];
  let hasEnded = false;
  const reading = async (): Promise<void> => {
    if (response.body === null || !response.ok) return;
    for await (const event of readEventStream(response.body)) events.push(event);
  };
  reading().then(
    () => {
      hasEnded = true;
    },
    () => {
      hasEnded = true;
    },
  );
  return { events, status: response.status, hasEnded: () => hasEnded, leave: () => leaving.abort() };
}

const textOf = (events: readonly StreamedEvent[]): string =>
  events
    .filter(({ name }) => name === "output")
    .map(({ data }) => data.text)
    .join("");

it("comes while the program runs, with its beginning and its end", async (context) => {
  const scene = await aCommandScene(context);
  const { script, command, publish, folder } = scene;
  const go = join(folder, "go");
  const program = script(
    "speak",
    `printf 'caf\\303'; while [ ! -e ${go} ]; do sleep 0.02; done; printf '\\251'; echo err >&2; exit 3`,
  );
  const id = await command({ program });
  const other = await command({ program: script("other", "echo other") }, { types: ["other"] });
  const { events } = await follow(context, scene, id);
  const of = await follow(context, scene, other);
  const eventId = await publish({});
  await eventually("the first half", () => textOf(events) === "caf");
  writeFileSync(go, "");
  await eventually("the end", () => events.at(-1)?.name === "ended");
  assert.equal(events[0]?.name, "started");
  assert.deepEqual(
    [events[0]?.data.event_id, events[0]?.data.event_type, events[0]?.data.attempt],
    [eventId, "order.paid", 1],
  );
  const streams = new Map(events.filter(({ name }) => name === "output").map(({ data }) => [data.stream, data.text]));
  assert.deepEqual([streams.get("stdout"), streams.get("stderr")], ["é", "err\n"]);
  const { delivered, status, error_class } = events.at(-1)?.data ?? {};
  assert.deepEqual([delivered, status, error_class], [false, 3, "exit_status"]);
  assert.deepEqual(of.events, []);
});

it("begins with what runs already, for whoever comes late", async (context) => {
  const scene = await aCommandScene(context);
  const { script, command, publish, folder, text } = scene;
  const go = join(folder, "go");
  const program = script(
    "speak",
    `echo early; echo > ${folder}/said; while [ ! -e ${go} ]; do sleep 0.02; done; echo late`,
  );
  const id = await command({ program });
  await publish({});
  await text("said");
  const { events } = await follow(context, scene, id);
  await eventually("what was said before", () => textOf(events) === "early\n");
  writeFileSync(go, "");
  await eventually("the end", () => events.at(-1)?.name === "ended");
  assert.equal(textOf(events), "early\nlate\n");
});

it("costs the program nothing when its reader does not read: the reader is cut off", async (context) => {
  const scene = await aCommandScene(context);
  const { script, command, publish, attempts, url, key } = scene;
  const id = await command({ program: script("flood", "yes 0123456789 | head -c 30000000; echo done") });
  const authorization = `Bearer ${key}`;
  const lazy = openStream(context, url, { path: `/v1/endpoints/${id}/output`, headers: { authorization } });
  await eventually("the stream has begun", () => lazy.body() !== "");
  lazy.socket.pause();
  await publish({});
  const [attempt] = await attempts(id, 1);
  assert.equal(attempt.delivered, true);
  assert.match(attempt.response_body, /done\n$/);
  lazy.socket.resume();
  await lazy.closed;
  assert.equal(lazy.isComplete(), false);
  assert.doesNotMatch(lazy.body(), /event: ended/);
});

it("is for keys that may read the endpoint, and for so many at once", async (context) => {
  const scene = await aCommandScene(context);
  const { script, command, ask } = scene;
  const id = await command({ program: script("run", "true") });
  const keyOf = async (members: object): Promise<string> =>
    (await ask("POST /v1/keys", { body: { name: "k", ...members } })).body.key;
  const publisher = await keyOf({ scopes: ["publish"] });
  const foreign = await keyOf({ scopes: ["read"], tenant: "other" });
  const own = await keyOf({ scopes: ["read"], tenant: "default" });
  assert.equal((await follow(context, scene, id, publisher)).status, 403);
  assert.equal((await follow(context, scene, id, foreign)).status, 404);
  assert.equal((await follow(context, scene, "ep_nope")).status, 404);
  const made = await ask("POST /v1/endpoints", { body: { url: "https://example.com/hook" } });
  const ofUrl = await ask(`GET /v1/endpoints/${made.body.id}/output`);
  assert.deepEqual([ofUrl.status, ofUrl.body.code], [409, "output-none"]);
  const first = await follow(context, scene, id, own);
  assert.equal(first.status, 200);
  await Promise.all(Array.from({ length: limits.outputReaders - 1 }, () => follow(context, scene, id)));
  const beyond = await ask(`GET /v1/endpoints/${id}/output`);
  assert.deepEqual([beyond.status, beyond.body.code], [503, "too-many-waiting"]);
  first.leave();
  await eventually("there is room again", async () => (await follow(context, scene, id)).status === 200);
  assert.equal((await ask(`HEAD /v1/endpoints/${id}/output`)).status, 200);
});

it("ends when the server stops", async (context) => {
  const scene = await aCommandScene(context);
  const id = await scene.command({ program: scene.script("run", "true") });
  const { hasEnded } = await follow(context, scene, id);
  const closed = scene.app.close();
  await eventually("the stream has ended", hasEnded);
  await closed;
});

it("is shown by `trotline endpoints output`", async (context) => {
  const scene = await aCommandScene(context);
  const { script, command, publish, folder } = scene;
  const go = join(folder, "go");
  const id = await command({
    program: script("speak", `while [ ! -e ${go} ]; do sleep 0.02; done; echo "hello $1"`),
    arguments: ["{data.who}"],
  });
  const eventId = await publish({ who: "you" });
  const run = trotline(context, ["endpoints", "output", id], { server: scene, input: "" });
  await eventually("it follows", () => run.lines().length === 1);
  writeFileSync(go, "");
  await eventually("the program has ended", () => run.lines().length === 3);
  const [started, output, ended] = run.lines();
  assert.deepEqual([started.is, started.event_id, started.event_type], ["started", eventId, "order.paid"]);
  assert.deepEqual(output, { is: "output", event_id: eventId, attempt: 1, stream: "stdout", text: "hello you\n" });
  assert.deepEqual([ended.is, ended.delivered, ended.status], ["ended", true, 0]);
  run.process.kill("SIGINT");
  assert.equal(await run.ended, 130);
});
