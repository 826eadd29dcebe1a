/** Servers of hooks that end while commands run: killed, asked to end, and without a store that takes requests. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { TrotlineError } from "../../src/core/errors.ts";
import { everythingAllowed } from "../../src/inbound/hooks-file/allowances.ts";
import type { Hook } from "../../src/inbound/hooks-file/hook.ts";
import { HookQueue } from "../../src/inbound/hooks-serving/hook-queue.ts";
import { HookReceiving } from "../../src/inbound/hooks-serving/hook-receiving.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { sendHook, startedHooks, startHooks } from "../flows/a-hooks-server.ts";
import { aFolder } from "../flows/cli-run.ts";
import { adminKey, startServerProcess } from "./a-server-process.ts";

/** A hook whose command is a line of shell; `$1` is the member `n` of the request. */
async function aFile(folder: string, line: string, members: object = {}): Promise<string> {
  const file = join(folder, "hooks.json");
  const given = ["-c", line, "sh"].map((name) => ({ source: "string", name }));
  const hook = {
    id: "h",
    "execute-command": "/bin/sh",
    "pass-arguments-to-command": [...given, { source: "payload", name: "n" }],
    ...members,
  };
  await writeFile(file, JSON.stringify([hook]));
  return file;
}

function start(context: TestContext, folder: string, flags: readonly string[] = []) {
  const kept = ["--data", join(folder, "data"), "-hooks", join(folder, "hooks.json")];
  return startHooks(context, ["--compat", "-ip", "127.0.0.1", "-verbose", ...kept, ...flags]);
}

const post = (port: number, n: number) =>
  sendHook(port, {
    method: "POST",
    target: "/hooks/h",
    headers: ["Content-Type", "application/json"],
    body: JSON.stringify({ n }),
  });

const lines = async (file: string): Promise<string[]> =>
  (await readFile(file, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

describe("a server of hooks that is killed", () => {
  it("runs the command that was running again at the next start, with the same request", async (context) => {
    const folder = aFolder();
    const line = `echo "$1 $HOOK_from" >> ${folder}/began; while [ -d ${folder} ] && ! [ -e ${folder}/go ]; do sleep 0.02; done; echo "$1" >> ${folder}/done`;
    const from = { source: "request", name: "remote-addr", envname: "HOOK_from" };
    await aFile(folder, line, { "pass-environment-to-command": [from] });
    const first = await start(context, folder);
    assert.equal((await post(first.port, 7)).status, 200);
    await eventually("it has begun", async () => (await lines(join(folder, "began"))).length === 1);
    first.signal("SIGKILL");
    await first.ended();
    await start(context, folder);
    await eventually("it has begun again", async () => (await lines(join(folder, "began"))).length === 2);
    await writeFile(join(folder, "go"), "");
    await eventually("it is done", async () => (await lines(join(folder, "done"))).length >= 1);
    const [one, two] = await lines(join(folder, "began"));
    assert.match(one ?? "", /^7 127\.0\.0\.1:[1-9]\d*$/);
    assert.equal(two, one);
  });

  it("has run the command of every request that it answered, once it has been started again", async (context) => {
    const folder = aFolder();
    await aFile(folder, `echo "$1" >> ${folder}/ran`);
    const answered: number[] = [];
    let n = 0;
    for (let life = 0; life < 4; life++) {
      const server = await start(context, folder);
      const senders = Array.from({ length: 8 }, async () => {
        for (let sent = 0; sent < 10; sent++) {
          const number = n++;
          const answer = await post(server.port, number).catch(() => null);
          if (answer === null) return;
          if (answer.status === 200) answered.push(number);
        }
      });
      const before = answered.length;
      await eventually("some are answered", () => answered.length >= before + 30);
      server.signal("SIGKILL");
      await Promise.all([server.ended(), ...senders]);
    }
    await start(context, folder);
    const hasRun = async (): Promise<boolean> => {
      const ran = new Set((await lines(join(folder, "ran"))).map(Number));
      return answered.every((number) => ran.has(number));
    };
    await eventually("every one has run", hasRun, 60_000);
    assert.ok(answered.length >= 120);
  });

  it("leaves no file of a request behind once it has been started again", async (context) => {
    const folder = aFolder();
    const line = `echo "$FILE" > ${folder}/path.part; mv ${folder}/path.part ${folder}/path; while [ -d ${folder} ]; do sleep 0.05; done`;
    const members = {
      "pass-file-to-command": [{ source: "entire-payload", envname: "FILE" }],
      "trigger-rule": { match: { type: "ip-whitelist", "ip-range": "127.0.0.1" } },
      "http-methods": ["POST"],
    };
    await aFile(folder, line, members);
    const closed = ["--data", join(folder, "data"), "-hooks", join(folder, "hooks.json"), "--allow", "shell-commands"];
    const first = await startHooks(context, closed);
    assert.equal((await post(first.port, 1)).status, 200);
    const path = await eventually("it has begun", async () => (await lines(join(folder, "path")))[0]);
    assert.equal(await readFile(path, "utf8"), '{"n":1}');
    first.signal("SIGKILL");
    await first.ended();
    await startHooks(context, [...closed, "--timeout-ms", "1"]);
    await eventually("the old file is gone", () =>
      readFile(path).then(
        () => false,
        () => true,
      ),
    );
    await eventually("and so is the new one", async () => {
      const left = await readdir(join(folder, "data/hook-files"), { recursive: true }).catch(() => []);
      return !left.some((name) => name.includes("file-"));
    });
  });
});

it("requests that wait are neither run nor lost by a server of another kind on their folder", async (context) => {
  const folder = aFolder();
  await aFile(
    folder,
    `echo "$1" >> ${folder}/ran; while [ -d ${folder} ] && ! [ -e ${folder}/go ]; do sleep 0.02; done`,
  );
  const first = await start(context, folder, ["--concurrency", "1"]);
  for (const n of [1, 2, 3]) assert.equal((await post(first.port, n)).status, 200);
  await eventually("one runs", async () => (await lines(join(folder, "ran"))).length === 1);
  first.signal("SIGKILL");
  await first.ended();
  const other = await startServerProcess(join(folder, "data"));
  const headers = { authorization: `Bearer ${adminKey}` };
  const page = await fetch(`${other.url}/v1/attempts`, { headers });
  assert.deepEqual(((await page.json()) as { data: unknown[] }).data, []);
  assert.equal(await other.stop(), 0);
  await writeFile(join(folder, "go"), "");
  await start(context, folder);
  await eventually("all have run", async () => new Set(await lines(join(folder, "ran"))).size === 3);
});

it("the endpoints of another kind of server are not sent to by a server of hooks on its folder", async (context) => {
  const folder = aFolder();
  await aFile(folder, "true");
  const other = await startServerProcess(join(folder, "data"));
  const made = await fetch(`${other.url}/v1/endpoints`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ url: "https://receiver.example/" }),
  });
  assert.equal(made.status, 201, await made.text());
  assert.equal(await other.stop(), 0);
  const hooks = startedHooks(context, [
    "--data",
    join(folder, "data"),
    "-hooks",
    join(folder, "hooks.json"),
    "--compat",
  ]);
  assert.equal(await hooks.ended(), 1, hooks.log());
  assert.match(hooks.log(), /cannot be kept in \S+: it is the store of a `trotline serve`, with 1 endpoint\(s\)/);
  assert.match(hooks.log(), /`--data FOLDER` keeps them elsewhere/);
});

it("requests that wait are not lost to a hooks file that cannot be read after a restart", async (context) => {
  const folder = aFolder();
  const line = `echo "$1" >> ${folder}/ran; while [ -d ${folder} ] && ! [ -e ${folder}/go ]; do sleep 0.02; done`;
  const file = await aFile(folder, line);
  const first = await start(context, folder, ["--concurrency", "1"]);
  for (const n of [1, 2, 3]) assert.equal((await post(first.port, n)).status, 200);
  first.signal("SIGKILL");
  await first.ended();
  await writeFile(join(folder, "go"), "");
  await writeFile(file, "[");
  const second = await start(context, folder);
  await eventually("the log says it", () => /accepted wait for the hook h: no file has it/.test(second.log()));
  await aFile(folder, line);
  second.signal("SIGHUP");
  await eventually("all have run", async () => new Set(await lines(join(folder, "ran"))).size === 3);
});

describe("a server of hooks that is asked to end", () => {
  it("lets commands end, and answers those who wait for them", async (context) => {
    const folder = aFolder();
    const line = `touch ${folder}/began; while [ -d ${folder} ] && ! [ -e ${folder}/go ]; do sleep 0.02; done; echo ran`;
    await aFile(folder, line, { "include-command-output-in-response": true });
    const server = await start(context, folder);
    const answer = post(server.port, 1);
    await eventually("it has begun", () =>
      readFile(join(folder, "began")).then(
        () => true,
        () => false,
      ),
    );
    server.signal("SIGTERM");
    await eventually("it is ending", () => server.log().includes("caught terminated signal; exiting"));
    await assert.rejects(post(server.port, 2));
    await writeFile(join(folder, "go"), "");
    assert.equal((await answer).body.toString(), "ran\n");
    assert.equal(await server.ended(), 0);
    await start(context, folder);
    assert.deepEqual((await lines(join(folder, "again"))).length, 0);
  });

  it("ends what outlasts its grace, and runs it again at the next start", async (context) => {
    const folder = aFolder();
    await aFile(folder, `echo "$$" >> ${folder}/began; trap '' TERM; while [ -d ${folder} ]; do sleep 0.05; done`);
    const server = await start(context, folder, ["--shutdown-grace-ms", "100"]);
    await post(server.port, 1);
    const pid = await eventually("it has begun", async () => (await lines(join(folder, "began")))[0]);
    server.signal("SIGTERM");
    assert.equal(await server.ended(), 0);
    await assert.rejects(readFile(`/proc/${pid}/environ`));
    await start(context, folder);
    await eventually("it has begun again", async () => (await lines(join(folder, "began"))).length === 2);
  });
});

it("a request that cannot be stored is answered 503, and its command does not run", async () => {
  const queue = new HookQueue();
  const quiet = { say: () => {}, warn: () => {} };
  const receiving = new HookReceiving({
    events: { append: () => Promise.reject(new TrotlineError("store-full", "The disk is full.")) },
    queue,
    requireLane: () => Promise.resolve(),
    log: quiet,
    clock: systemClock(),
    random: systemRandom(),
    allowed: everythingAllowed,
    queueLengthMax: null,
    searchPath: "",
  });
  const hook = {
    id: "h",
    triggerRule: null,
    parseParametersAsJson: [],
    incomingPayloadContentType: "",
  } as unknown as Hook;
  const request = {
    method: "POST",
    target: "/hooks/h",
    headers: [],
    address: "127.0.0.1",
    port: 1,
    protocol: "http",
    receivedAtMs: 0,
    body: new Uint8Array(0),
  } as const;
  const answer = await receiving.receive(hook, request, "id");
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.headers, [{ name: "Retry-After", value: "5" }]);
  assert.equal(queue.length("h"), 0);
});
