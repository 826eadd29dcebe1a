/** `trotline publish`: one event from flags, and streams of NDJSON. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { it } from "node:test";
import { publishStream } from "../../src/cli/publish-stream.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer } from "./a-server.ts";
import { aFolder, noTerminal, onTerminal, shell, trotline, trotlineEnded } from "./cli-run.ts";

const exactData = '{ "n": 12345678901234567890, "2": "\\u00e9", "1": [1.10, 1e2], "n": 1 }';

it("an event from flags is stored, its data byte for byte", async (context) => {
  const server = await aServer(context);
  const flags = ["--id", "a:1", "--subject", "order/17", "--tenant", "acme", "--version", "2"];
  const time = ["--occurred-at", "2026-01-31T12:00:00.000Z"];
  const { code, lines } = await trotlineEnded(
    context,
    ["publish", "--type", "order.paid", "--data", exactData, ...flags, ...time],
    { server },
  );
  assert.equal(code, 0);
  const [{ cursor, ...published }] = lines();
  assert.deepEqual(published, { id: "a:1", duplicate: false });
  const { body, text } = await server.ask("GET /v1/events/a:1?tenant=acme");
  assert.ok(text.includes(`"data":${exactData}`), text);
  const { type, subject, tenant, version, occurred_at } = body;
  assert.deepEqual(
    [type, subject, tenant, version, occurred_at, body.cursor],
    ["order.paid", "order/17", "acme", "2", "2026-01-31T12:00:00.000Z", cursor],
  );
});

it("data comes from a file or from the input, too", async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "data.json");
  await writeFile(file, exactData);
  for (const [data, input] of [
    [`@${file}`, ""],
    ["-", exactData],
  ] as const) {
    const { lines } = await trotlineEnded(context, ["publish", "--type", "a", "--data", data], { server, input });
    const { text } = await server.ask(`GET /v1/events/${lines()[0].id}`);
    assert.ok(text.includes(`"data":${exactData}`), text);
  }
});

it("the same event again is stored once; other content under its id is refused with the exit code 1", async (context) => {
  const server = await aServer(context);
  const publish = (data: string) =>
    trotlineEnded(context, ["publish", "--type", "a", "--id", "e", "--data", data], { server });
  assert.equal((await publish("1")).lines()[0].duplicate, false);
  const again = await publish("1");
  assert.deepEqual([again.code, again.lines()[0].duplicate], [0, true]);
  const other = await publish("2");
  assert.deepEqual([other.code, other.output], [1, ""]);
  assert.match(other.errors, /^trotline: The id `e` .*\n {2}event-id-conflict \(\/id\): /);
});

it("refused lines are shown with their number and code, the others are stored, and the exit code is 1", async (context) => {
  const server = await aServer(context);
  const input = '\n{"type":"a","data":1,"id":"one"}\n\n{"type":1,"data":1}\n{"type"\n{"type":"a","data":2}';
  const { code, errors, lines } = await trotlineEnded(context, ["publish", "--ndjson", "-"], { server, input });
  assert.equal(code, 1);
  assert.deepEqual(
    [...errors.matchAll(/^trotline: Line (\d+) was refused: ([a-z-]+)/gm)].map(([, line, refusal]) => [line, refusal]),
    [
      ["4", "invalid-body"],
      ["5", "invalid-json"],
    ],
  );
  assert.deepEqual(
    lines().map((line) => line.id ?? line.error?.code ?? line.stored),
    ["one", "invalid-body", "invalid-json", lines()[3].id, 2],
  );
  assert.equal((await server.ask("GET /v1/events/one")).status, 200);
});

it("a line is answered while the input stays open", async (context) => {
  const server = await aServer(context);
  const run = trotline(context, ["publish", "--ndjson", "-"], { server });
  for (let number = 1; number <= 3; number++) {
    run.process.stdin?.write(`{"type":"a","data":${number}}\n`);
    await eventually(`line ${number} is answered: ${run.errors()}`, () => run.lines().length === number);
  }
  run.process.stdin?.end();
  assert.equal(await run.ended, 0);
  assert.deepEqual(run.lines()[3], { done: true, stored: 3, duplicates: 0, refused: 0 });
});

it("a long stream from a file goes through, and each line is answered", async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "events.ndjson");
  const count = 30_000;
  const events = Array.from({ length: count }, (_, n) => `{"type":"a","data":{"n":${n},"text":"${"x".repeat(500)}"}}`);
  await writeFile(file, events.join("\n"));
  const { code, lines } = await trotlineEnded(context, ["publish", "--ndjson", file], { server });
  assert.equal(code, 0);
  assert.equal(lines().length, count + 1);
  assert.equal(lines().at(-1).stored, count);
});

it("a wrong key is said in the server's words, although much was to be sent", async (context) => {
  const { url } = await aServer(context);
  const file = join(aFolder(), "events.ndjson");
  await writeFile(file, '{"type":"a","data":1}\n'.repeat(500_000));
  const { code, errors } = await trotlineEnded(context, ["publish", "--ndjson", file], {
    server: { url, key: "trot_wrong" },
  });
  assert.equal(code, 1);
  assert.match(errors, /unauthenticated/);
});

it("SIGINT ends the stream after what was sent is answered, without half a line", async (context) => {
  const server = await aServer(context);
  const run = trotline(context, ["publish", "--ndjson", "-"], { server });
  run.process.stdin?.write('{"type":"a","data":1,"id":"whole"}\n{"type":"a","da');
  await eventually(`the line is answered: ${run.errors()}`, () => run.lines().length === 1);
  run.process.kill("SIGINT");
  assert.equal(await run.ended, 130);
  assert.deepEqual(run.lines()[1], { done: true, stored: 1, duplicates: 0, refused: 0 });
  assert.match(run.errors(), /^trotline: 1 stored, then stopped\.\n$/);
});

it("a server that goes away in the middle is an error that says how much is sure", async (context) => {
  let requests = 0;
  const failing = createServer((request, response) => {
    requests += 1;
    if (requests === 1) {
      request.resume(); // The first asks whether streams are taken.
      response.end('{"done":true,"stored":0,"duplicates":0,"refused":0}\n');
      return;
    }
    response.write('{"index":0,"id":"one","cursor":"c","duplicate":false}\n');
    request.once("data", () => setImmediate(() => request.socket.destroy()));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => failing.on("listening", resolve));
  context.after(() => void failing.close());
  const url = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`;
  const run = trotline(context, ["publish", "--ndjson", "-"], { server: { url } });
  run.process.stdin?.write('{"type":"a","data":1}\n{"type":"a","data":2}\n');
  assert.equal(await run.ended, 1);
  assert.match(run.errors(), /^trotline: No answer from .*\n(.*\n)* {2}1 stored; what was sent beyond that/);
});

it("a pause in the input does not end the stream", async (context) => {
  const streamIdleMs = 200;
  const server = await aServer(context, { server: { bodyTimeouts: { wholeMs: 5000, streamIdleMs } } });
  const input = new Readable({ read: () => {} });
  const answers: string[] = [];
  const stream = publishStream(
    { url: server.url, key: server.key },
    {
      input,
      signal: new AbortController().signal,
      keepAliveMs: 50,
      onSent: () => {},
      onAnswer: async ({ text }) => void answers.push(text),
    },
  );
  input.push('{"type":"a","data":1}\n');
  await new Promise((resolve) => setTimeout(resolve, streamIdleMs * 4)); // The pause itself.
  input.push('{"type":"a","data":2}\n');
  input.push(null);
  assert.equal(await stream, true);
  assert.equal(answers.length, 3);
});

it("on a terminal, progress is shown and taken away, and a sentence sums up", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "events.ndjson");
  await writeFile(file, '{"type":"a","data":1}\n'.repeat(2000));
  const stream = onTerminal(context, ["publish", "--ndjson", file], { server });
  assert.equal(await stream.ended, 0);
  assert.match(stream.output(), /MB sent \(\d+ %\)/);
  assert.ok(stream.output().endsWith("\r\u001b[2Ktrotline: 2000 stored.\r\n"), JSON.stringify(stream.output()));
  const one = onTerminal(context, ["publish", "--type", "a", "--id", "e", "--data", "1"], { server });
  assert.equal(await one.ended, 0);
  assert.equal(one.output(), "Published e.\r\n");
});

it("a stream that ends because nobody reads the answers has failed: not all of it is published", async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "events.ndjson");
  await writeFile(file, '{"type":"a","data":1}\n'.repeat(50_000));
  const line = `{ trotline publish --ndjson '${file}'; echo "exit code $?" >&2; } | head -1`;
  const run = shell(context, line, { server });
  assert.equal(await run.ended, 0);
  assert.match(run.errors(), /^trotline: \d+ stored, then stopped\.\nexit code 1\n$/);
});

it("a byte order mark and Windows' ends of lines are no part of the events", async (context) => {
  const server = await aServer(context);
  const input = '\ufeff{"id":"a","type":"t","data":1}\r\n\r\n{"id":"b","type":"t","data":2}\r\n';
  const { code, lines } = await trotlineEnded(context, ["publish", "--ndjson", "-"], { server, input });
  assert.equal(code, 0);
  assert.deepEqual(
    lines().map(({ id }) => id),
    ["a", "b", undefined],
  );
});

it("a server that answers nothing any more ends the stream, and one that is not read from does not", async (context) => {
  const frozen = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => frozen.on("listening", resolve));
  context.after(() => {
    frozen.closeAllConnections();
    frozen.close();
  });
  const options = {
    signal: new AbortController().signal,
    silenceMsMax: 200,
    onSent: () => {},
  };
  const lines = () => Readable.from([Buffer.from('{"type":"a","data":1}\n{"type":"a","data":2}\n')]);
  const url = `http://127.0.0.1:${(frozen.address() as AddressInfo).port}`;
  const frozenStream = publishStream(
    { url, key: null },
    { ...options, input: lines(), onAnswer: () => Promise.resolve() },
  );
  await assert.rejects(frozenStream, /TrotlineConnectionError: no answer within 200 ms/);
  const { key, url: served } = await aServer(context);
  const onAnswer = () => new Promise<void>((resolve) => setTimeout(resolve, 500)); // A person reads.
  assert.equal(await publishStream({ url: served, key }, { ...options, input: lines(), onAnswer }), true);
});
