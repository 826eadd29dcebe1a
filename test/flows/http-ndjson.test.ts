/** Publishing NDJSON over HTTP: any length, line by line, in bounded memory. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { Readable } from "node:stream";
import { it } from "node:test";
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

async function stream({ url, key }: TestServer, chunks: Iterable<string> | AsyncIterable<string>): Promise<Response> {
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

it("100,000 lines are stored and answered, though the publisher reads nothing before it has sent everything", async (context) => {
  const server = await aServer(context);
  const { hostname, port } = new URL(server.url);
  const { connect } = await import("node:net");
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
  const logged: string[] = [];
  const note = (_facts: object, sentence: string) => void logged.push(sentence);
  const { url, key, app, ask } = await aServer(context, {
    app: { logger: { debug: note, info: note, warn: note, error: note } },
  });
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
  assert.deepEqual(logged, []);
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

it("a store that fails in the middle of a stream refuses the lines that it did not store", async (context) => {
  const server = await aServer(context);
  server.app.store.events.append = () => Promise.reject(new Error("not foreseen"));
  const response = await stream(server, ['{"type":"x","data":1}\n']);
  assert.equal(response.status, 500, "nothing was answered yet, so the status still can tell");
  assert.equal(((await response.json()) as { code: string }).code, "internal");
});
