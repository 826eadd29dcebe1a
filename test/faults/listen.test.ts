/** `trotline listen` is killed, stopped and cut off, and the log it reads is trimmed and replaced: it misses nothing, or says what. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { HandClock } from "../conformance/store-kinds.ts";
import { type ArrivedRequest, interrupted, type LocalCode, listening, localCode } from "../flows/a-listener.ts";
import { anEvent, aServer, type TestServer } from "../flows/a-server.ts";
import { adminKey, type ServerProcess, startServerProcess } from "./a-server-process.ts";

const kills = Number(process.env.TEST_KILL_CYCLES ?? 10);
const secret = `whsec_${Buffer.alloc(32).toString("base64")}`;
const days = 86_400_000;

const pauseMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const idOf = ({ headers }: ArrivedRequest) => headers.find(([name]) => name === "webhook-id")?.[1] ?? "";
const idsAt = (code: LocalCode) => code.requests.map(idOf);

/** Every one of them came, and none before an earlier one had come. */
function assertAllInOrder(code: LocalCode, ids: readonly string[]): void {
  assert.deepEqual([...new Set(idsAt(code))], ids);
}

async function publish({ ask }: TestServer, ids: readonly string[]): Promise<void> {
  assert.equal((await ask("POST /v1/events", { body: ids.map((id) => anEvent({ id })) })).status, 201);
}

const someIds = (count: number, name = "n") => Array.from({ length: count }, (_, number) => `${name}${number}`);

describe("`trotline listen`", { concurrency: true }, () => {
  it(`killed ${kills} times at any moment and started again, it misses nothing`, async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    // What was in flight when the listener was killed does not count: nobody heard the answer.
    const answered: string[] = [];
    code.answer((response, request) => {
      setTimeout(() => {
        if (response.destroyed) return;
        answered.push(idOf(request));
        response.end();
      }, Math.random() * 15);
    });
    const folder = temporaryFolder("listen");
    const start = () => listening(context, ["--to", code.url, "--secret", secret], { server, folder });
    let run = start();
    await eventually("it listens", () => /from latest on/.test(run.errors()));
    const each = 16;
    const ids = someIds(kills * each);
    for (let kill = 0; kill < kills; kill++) {
      await publish(server, ids.slice(kill * each, kill * each + each));
      const enough = answered.length + Math.floor(Math.random() * (each / 2));
      await eventually("some are answered", () => answered.length > enough);
      await pauseMs(Math.random() * 20);
      run.process.kill("SIGKILL");
      await run.ended;
      run = start();
    }
    await eventually("the last came", () => answered.includes(ids.at(-1) ?? ""), 30_000);
    assert.deepEqual([...new Set(answered)], ids);
    assert.ok(answered.length <= ids.length + kills, "no more comes again than what was in flight");
    await interrupted(run);
  });

  it("stopped as by a lid that closes, it goes on where it was, and says how long it slept", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const run = listening(context, ["--to", code.url, "--secret", secret, "--timeout", "500ms"], { server });
    await eventually("it waits", () => server.app.feed.waiting === 1);
    await publish(server, ["before"]);
    await eventually("it came", () => idsAt(code).includes("before"));
    // Local code answers while nobody hears it: that must not count as no answer.
    let answerHeld = (): void => {};
    code.answer((response) => {
      answerHeld = () => void response.end("in time");
    });
    await publish(server, ["held"]);
    await eventually("local code has it", () => idsAt(code).includes("held"));
    run.process.kill("SIGSTOP");
    answerHeld();
    code.answer((response) => void response.end());
    await publish(server, ["asleep"]);
    await pauseMs(5500);
    run.process.kill("SIGCONT");
    await publish(server, ["after"]);
    await eventually("the last came", () => idsAt(code).includes("after"));
    assert.deepEqual(idsAt(code), ["before", "held", "asleep", "after"]);
    await eventually("it is said", () => /Awake after [5-9] s/.test(run.errors()));
    await eventually("the last is told of", () => run.lines().length === 4);
    assert.deepEqual(
      run.lines().map(({ event_id, status }) => [event_id, status]),
      [
        ["before", 200],
        ["held", 200],
        ["asleep", 200],
        ["after", 200],
      ],
    );
    await interrupted(run);
  });

  it("goes on through a server that is killed and comes back", async (context) => {
    const folder = temporaryFolder("listen");
    const code = await localCode(context);
    const port = await freePort();
    const start = () => startServerProcess(join(folder, "data"), ["--port", String(port)]);
    let server: ServerProcess = await start();
    context.after(() => server.kill());
    const client = { url: server.url, key: adminKey };
    const run = listening(context, ["--to", code.url, "--secret", secret, "--from", "earliest"], {
      server: client,
      folder,
    });
    const ids = someIds(20);
    for (let cycle = 0; cycle < 2; cycle++) {
      for (const id of ids.slice(cycle * 10, cycle * 10 + 10)) {
        assert.equal((await server.call("POST", "/v1/events", anEvent({ id }))).status, 201);
      }
      await eventually("one came", () => idsAt(code).length > cycle * 10);
      await server.kill();
      if (cycle === 1) await eventually("it tries", () => /Trying again\./.test(run.errors()));
      server = await start();
    }
    await eventually("the last came", () => idsAt(code).includes("n19"), 30_000);
    assertAllInOrder(code, ids);
    await interrupted(run);
  });

  it("where retention has passed its place, it says how many it missed, and goes on", async (context) => {
    const clock = new HandClock();
    const server = await aServer(context, {
      app: { machine: { clock }, retentionAgeMs: 10 * days, tailBytesMax: 1 },
    });
    const code = await localCode(context);
    const folder = temporaryFolder("listen");
    const args = ["--to", code.url, "--secret", secret];
    await publish(server, ["a"]);
    const first = listening(context, [...args, "--from", "earliest", "--limit", "1"], { server, folder });
    assert.equal(await first.ended, 0, first.errors());
    const [{ cursor }] = first.lines();
    assert.equal((await server.ask("PUT /v1/consumers/laptop", { body: { from: cursor } })).status, 201);
    await publish(server, ["lost1", "lost2"]);
    clock.nowMs += 10 * days + 1;
    await publish(server, ["left"]);
    clock.nowMs += 1_000_000;
    await server.app.retention.run();
    for (const [name, more] of [
      ["its own place", []],
      ["a consumer", ["--consumer", "laptop"]],
    ] as const) {
      const run = listening(context, [...args, ...more, "--limit", "1"], { server, folder });
      assert.equal(await run.ended, 0, `${name}: ${run.errors()}`);
      assert.match(
        run.errors(),
        /2 events were missed: retention has passed the place \(cursor-expired\)\. It goes on at/,
      );
      const [missed, attempt] = run.lines();
      assert.deepEqual([missed.missed.code, missed.missed.lost, attempt.event_id], ["cursor-expired", 2, "left"]);
    }
  });

  it("where the log is another one, it says so, and goes on", async (context) => {
    const folder = temporaryFolder("listen");
    const code = await localCode(context);
    const port = await freePort();
    const start = (data: string) => startServerProcess(join(folder, data), ["--port", String(port)]);
    let server = await start("one");
    context.after(() => server.kill());
    const client = { url: server.url, key: adminKey };
    const args = ["--to", code.url, "--secret", secret, "--limit", "1"];
    for (const id of ["a", "b"]) await server.call("POST", "/v1/events", anEvent({ id }));
    const first = listening(context, [...args, "--from", "earliest"], { server: client, folder });
    assert.equal(await first.ended, 0, first.errors());
    await server.kill();
    server = await start("two");
    await server.call("POST", "/v1/events", anEvent({ id: "other" }));
    const run = listening(context, args, { server: client, folder });
    assert.equal(await run.ended, 0, run.errors());
    assert.match(run.errors(), /missed: the log was replaced by another.*\(cursor-forked\)/);
    assert.deepEqual(idsAt(code), ["a", "other"]);
  });
});
