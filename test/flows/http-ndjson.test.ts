/** Publishing NDJSON over HTTP: any length, line by line, in bounded memory. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { it } from "node:test";
import { TrotlineError } from "../../src/core/errors.ts";
import type { Logger } from "../../src/core/ports.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer, type TestServer } from "./a-server.ts";

interface Line {
  index?: number;
  id?: string;
  duplicate?: boolean;
  error?: { code: string };
  done?: boolean;
}

const headersFor = (key: string) => ({ authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" });

const linesOf = (text: string): Line[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

async function stream(
  { url, key }: Pick<TestServer, "url" | "key">,
  chunks: Iterable<string> | AsyncIterable<string>,
): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: "POST",
    headers: headersFor(key),
    body: Readable.from(chunks, { objectMode: false }) as never,
    duplex: "half",
  } as RequestInit);
}

it("each line is answered in order, a refused line stops nothing, and the last line counts", async (context) => {
  const server = await aServer(context);
  const response = await stream(server, [
    '{"id":"a","type":"x","data":1}\n\n{"id":"b","ty',
    'pe":"x","data":2}\r\n{"id":"c"}\nnonsense\n{"id":"a","type":"x","data":1}\n{"id":"a","type":"x","data":9}\n',
    '{"id":"last","type":"x","data":3}',
  ]);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const lines = linesOf(await response.text());
  assert.deepEqual(
    lines.slice(0, -1).map((line) => [line.index, line.id ?? line.error?.code, line.duplicate]),
    [
      [0, "a", false],
      [1, "b", false],
      [2, "invalid-body", undefined],
      [3, "invalid-body", undefined],
      [4, "a", true],
      [5, "event-id-conflict", undefined],
      [6, "last", false],
    ],
  );
  assert.deepEqual(lines.at(-1), { done: true, stored: 3, duplicates: 1, refused: 3 });
});

it("answers come while the body is still being sent", async (context) => {
  const { url, key } = await aServer(context);
  let received = "";
  const sending = request(`${url}/v1/events`, { method: "POST", headers: headersFor(key) }, (response) => {
    response.on("data", (chunk) => {
      received += chunk;
    });
  });
  sending.on("error", () => {});
  sending.write('{"id":"one","type":"x","data":1}\n');
  await eventually("the first line is answered", () => received.includes('"id":"one"'));
  sending.end('{"id":"two","type":"x","data":1}\n');
  await eventually("the stream is answered", () => received.includes('"done":true,"stored":2'));
});

it("a stream without a line is answered with the count alone", async (context) => {
  const server = await aServer(context);
  assert.deepEqual(linesOf(await (await stream(server, ["\n \n"])).text()), [
    { done: true, stored: 0, duplicates: 0, refused: 0 },
  ]);
});

it("100,000 lines are answered to a publisher who reads nothing before it has sent everything", async (context) => {
  const server = await aServer(context);
  const { hostname, port } = new URL(server.url);
  const total = 100_000;
  function* body() {
    for (let start = 0; start < total; start += 1000) {
      let chunk = "";
      for (let i = start; i < start + 1000; i++) chunk += `{"id":"e${i}","type":"x","data":${i}}\n`;
      yield `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    }
    yield "0\r\n\r\n";
  }
  const socket = connect(Number(port), hostname);
  context.after(() => socket.destroy());
  socket.pause();
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\nconnection: close\r\n` +
      "content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  for (const chunk of body()) {
    await new Promise<void>((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve())));
  }
  let text = "";
  for await (const chunk of socket) text += chunk;
  assert.match(text, /"done":true,"stored":100000,"duplicates":0,"refused":0/);
  assert.equal(server.app.store.events.bounds().head, total);
});

it("a publisher who hangs up in the middle has what was answered stored, and harms nobody", async (context) => {
  const { logger, sentences } = aLog();
  const { url, key, app, ask } = await aServer(context, { app: { logger } });
  let received = "";
  const sending = request(`${url}/v1/events`, { method: "POST", headers: headersFor(key) }, (response) => {
    response.on("data", (chunk) => {
      received += chunk;
    });
    response.on("error", () => {});
  });
  sending.on("error", () => {});
  sending.write('{"id":"kept","type":"x","data":1}\n{"id":"half","type":');
  await eventually("the whole line is answered", () => received.includes('"id":"kept"'));
  sending.destroy();
  assert.equal((await ask("GET /v1/events/kept")).status, 200);
  assert.equal((await ask("POST /v1/events", { body: { type: "x", data: 1 } })).status, 201);
  assert.equal(app.store.events.bounds().head, 2);
  assert.deepEqual(sentences, []);
});

it("a publisher who falls silent is hung up on", async (context) => {
  const { url, key } = await aServer(context, { server: { bodyTimeouts: { wholeMs: 1000, streamIdleMs: 100 } } });
  const sending = request(`${url}/v1/events`, { method: "POST", headers: headersFor(key) });
  const ended = new Promise<string>((resolve) => {
    sending.on("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? ""));
  });
  sending.write('{"id":"one",');
  assert.equal(await ended, "ECONNRESET");
});

function aLog(): { logger: Logger; sentences: string[] } {
  const sentences: string[] = [];
  const note = (_facts: object, sentence: string) => void sentences.push(sentence);
  return { logger: { debug: note, info: note, warn: note, error: note }, sentences };
}

it("a fault before the first line is an ordinary error", async (context) => {
  const server = await aServer(context);
  server.app.store.events.append = () => Promise.reject(new Error("not foreseen"));
  const response = await stream(server, ['{"type":"x","data":1}\n']);
  assert.equal(response.status, 500);
  assert.equal(((await response.json()) as { code: string }).code, "internal");
});

it("a fault after the first line ends the answer with a line that says so, and is logged", async (context) => {
  const { logger, sentences } = aLog();
  const server = await aServer(context, { app: { logger } });
  const { append } = server.app.store.events;
  let calls = 0;
  server.app.store.events.append = (appended) => {
    calls += 1;
    return calls === 1 ? append.call(server.app.store.events, appended) : Promise.reject(new Error("not foreseen"));
  };
  const lines = Array.from({ length: 1500 }, () => '{"type":"x","data":1}\n').join("");
  const answered = linesOf(await (await stream(server, [lines])).text());
  assert.equal(answered[0]?.duplicate, false);
  assert.deepEqual([answered.at(-1)?.done, answered.at(-1)?.error?.code], [false, "internal"]);
  assert.deepEqual(sentences, ["A stream of events met an unexpected error."]);
});

it("a store that refuses for a while refuses lines, and the stream goes on", async (context) => {
  const server = await aServer(context);
  server.app.store.events.append = () => Promise.reject(new TrotlineError("overloaded", "as the test says"));
  const answered = linesOf(await (await stream(server, ['{"type":"x","data":1}\n'])).text());
  assert.equal(answered[0]?.error?.code, "overloaded");
  assert.deepEqual(answered[1], { done: true, stored: 0, duplicates: 0, refused: 1 });
});

it("memory does not grow with the length of the stream", { skip: platform() !== "linux" }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-test-"));
  const key = "trot_a_key_of_this_test_only";
  const program = new URL("../../bin/trotline.js", import.meta.url).pathname;
  const args = [program, "--port", "0", "--data", folder, "--tail-bytes", "1MiB"];
  const server = spawn(process.execPath, args, { env: { PATH: process.env.PATH, TROTLINE_ADMIN_KEY: key } });
  const ended = new Promise((resolve) => server.on("close", resolve));
  context.after(async () => {
    server.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  let output = "";
  server.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const url = await eventually("it listens", () => /listens on (http:\S+)/.exec(output)?.[1]);
  const peakMb = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  };
  const line = `{"type":"x","data":"${"x".repeat(1000)}"}\n`.repeat(100);
  const send = async (lines: number): Promise<void> => {
    const chunks = (function* () {
      for (let sent = 0; sent < lines; sent += 100) yield line;
    })();
    const text = await (await stream({ url, key }, chunks)).text();
    assert.deepEqual(linesOf(text).at(-1), { done: true, stored: lines, duplicates: 0, refused: 0 });
  };
  await send(20_000);
  // V8's room for young objects grows up to 128 MB by itself, and then no more (Node 24): what grows with the length of
  // the stream grows with each one.
  let leastMb = Number.POSITIVE_INFINITY;
  for (let streams = 0; streams < 4 && leastMb >= 50; streams++) {
    const before = await peakMb();
    await send(100_000);
    leastMb = Math.min(leastMb, (await peakMb()) - before);
  }
  assert.ok(leastMb < 50, `100 MB of events made the peak grow by ${leastMb.toFixed(0)} MB, each time`);
});
