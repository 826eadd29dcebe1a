/** `trotline listen` on a terminal: what it shows, its keys, and a terminal that is as it was when it has ended. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { type LocalCode, localCode } from "./a-listener.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { aSource, deliver } from "./a-source.ts";
import { aFolder, bin, noTerminal, onTerminal, type Run, shellOnTerminal } from "./cli-run.ts";

type Context = Parameters<typeof onTerminal>[0];

async function publish(server: TestServer, ids: readonly string[], members: object = {}): Promise<void> {
  const body = ids.map((id) => anEvent({ id, ...members }));
  assert.equal((await server.ask("POST /v1/events", { body })).status, 201);
}

const env = () => ({ XDG_STATE_HOME: aFolder(), NO_COLOR: "1" });
const secret = `whsec_${Buffer.alloc(32).toString("base64")}`;

const listening = (context: Context, args: readonly string[], server: TestServer): Run =>
  onTerminal(context, ["listen", "--from", "earliest", "--secret", secret, ...args], { server, env: env() });

const press = (run: Run, keys: string): void => void run.process.stdin?.write(keys);
const shows = (run: Run, text: RegExp) => eventually(`${text} in ${run.output()}`, () => text.test(run.output()));
const idsAt = (code: LocalCode) =>
  code.requests.map(({ headers }) => headers.find(([name]) => name === "webhook-id")?.[1]);

/** What a person sees in the end: a line that was written over is gone. */
const linesOf = (run: Run): string[] =>
  run
    .output()
    .split("\r\n")
    .map((line) => line.slice(line.lastIndexOf("\u001b[2K") + 1).replace(/^\[2K/, ""));

async function quit(run: Run): Promise<void> {
  press(run, "q");
  assert.equal(await run.ended, 0, run.output());
}

describe("on a terminal", { skip: noTerminal }, () => {
  it("each request is a line that fits, with the answer and by whom it was verified", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app);
    await deliver(`${server.url}/in/gh`, { body: "{}", id: "d1" });
    await publish(server, ["a"], { type: `order.${"long".repeat(20)}` });
    code.answer((response, { headers }) => {
      response.writeHead(headers.some(([name]) => name === "webhook-id") ? 500 : 200).end();
    });
    const run = listening(context, ["--to", `${code.url}/hook`], server);
    await shows(run, /longlo\S*…\r\n/);
    const lines = linesOf(run);
    const received = lines.find((line) => / gh\.push evt_/.test(line)) ?? assert.fail(run.output());
    assert.match(received, /^\d\d:\d\d:\d\d gh\.push evt_\S+ POST \/hook → 200 \d+ ms ✓ github$/);
    for (const line of lines.filter((text) => /^\d\d:/.test(text))) assert.ok([...line].length <= 80, line);
    await quit(run);
  });

  it("nothing that others wrote speaks to the terminal", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app, { name: "open", scheme: { unverified: true } });
    const hostile = "\u001b[2J\u001b]0;title\u0007\u009b31m\u202eevil\u2066\u200f\u0008\rx";
    const headers = { "x-hostile": Buffer.from("\u009b31m\u202e").toString("latin1"), "content-type": "text/plain" };
    await fetch(`${server.url}/in/open/%1b[2J?q=%1b`, { method: "POST", body: hostile, headers });
    code.answer((response) => response.writeHead(200, "\t\u00ff").end(hostile));
    const run = listening(context, ["--to", code.url, "--verbose", "--limit", "1"], server);
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.output(), /evil/);
    assert.match(run.output(), /x-hostile: /);
    const own = run.output().replaceAll("\r\u001b[2K", "").replaceAll("\r\n", "");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come
    assert.doesNotMatch(own, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
  });

  it("a body that is no text, or long, is not poured out", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await publish(server, ["a"], { data: "x".repeat(50_000) });
    code.answer((response) => response.end(Buffer.alloc(70_000, 0xff)));
    const run = listening(context, ["--to", code.url, "--verbose", "--limit", "1"], server);
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.output(), /… and 46\d\d\d bytes more/);
    assert.match(run.output(), /\(70000 bytes that are no text\)/);
    assert.ok(run.output().length < 8000);
  });

  it("r sends the last again, ↑ and ↓ choose another, and the sent one is the same event", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await publish(server, ["a", "b", "c"]);
    const run = listening(context, ["--to", code.url], server);
    await eventually("all came", () => code.requests.length === 3);
    press(run, "r");
    await eventually("the last came again", () => code.requests.length === 4);
    press(run, "\u001b[A\u001b[A");
    await shows(run, /order\.paid a: r sends it again/);
    press(run, "r");
    await eventually("the first came again", () => code.requests.length === 5);
    press(run, "\u001b[B\u001b[B\u001b[Br");
    await eventually("the last came again", () => code.requests.length === 6);
    assert.deepEqual(idsAt(code), ["a", "b", "c", "c", "a", "c"]);
    await shows(run, /200 \d+ ms again\r\n[\s\S]* again\r\n[\s\S]* again\r\n/);
    await quit(run);
  });

  it("s skips what waits for local code; p holds what comes, and lets it go on", async (context) => {
    const server = await aServer(context);
    const port = await freePort();
    await publish(server, ["stuck"]);
    const run = listening(context, ["--to", `http://127.0.0.1:${port}/`], server);
    await shows(run, /Nothing listens at http:\/\/127\.0\.0\.1:\d+\. order\.paid stuck is sent again/);
    press(run, "s");
    await shows(run, /order\.paid stuck is skipped\./);
    press(run, "r");
    await shows(run, /→ Nothing listens at/);
    await quit(run);

    const code = await localCode(context);
    const paused = listening(context, ["--from", "latest", "--to", code.url], server);
    await shows(paused, /\? shows the keys/);
    press(paused, "p");
    await shows(paused, /Paused: p goes on\./);
    await publish(server, ["held"]);
    press(paused, "?");
    await shows(paused, /q quits/);
    assert.deepEqual(idsAt(code), []);
    press(paused, "p");
    await eventually("it came", () => idsAt(code).includes("held"));
    await quit(paused);
  });

  it("v shows headers and bodies from then on", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const run = listening(context, ["--from", "latest", "--to", code.url], server);
    await shows(run, /\? shows the keys/);
    press(run, "v");
    await shows(run, /Shows headers and bodies/);
    await publish(server, ["a"], { data: { shown: "é" } });
    await shows(run, /webhook-signature: v1,[\s\S]*"shown":"é"[\s\S]*200 OK[\s\S]*ok\r\n/);
    await quit(run);
  });

  it("the terminal is as it was, however the listener ends", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const args = `listen --to ${code.url} --secret ${secret}`;
    for (const [how, end, status] of [
      ["q", (run: Run) => press(run, "q"), 0],
      ["ctrl-c", (run: Run) => press(run, "\u0003"), 130],
      ["a signal", (_run: Run, pid: number) => void process.kill(pid, "SIGTERM"), 143],
    ] as const) {
      const folder = aFolder();
      const started = `sh -c 'echo $$ > pid; exec "${process.execPath}" "${bin}" ${args}'`;
      const line = `${started}; echo "ended $?"; stty -a > after; cmp before after && echo same`;
      const run = shellOnTerminal(context, `cd '${folder}'; stty -a > before; ${line}`, { server, env: env() });
      await shows(run, /\? shows the keys/);
      end(run, Number(await readFile(join(folder, "pid"), "utf8")));
      await shows(run, /same|differ/);
      assert.match(run.output(), new RegExp(`ended ${status}\\r\\nsame`), `${how}: ${run.output()}`);
      await run.ended;
    }
  });
});
