/** The receiver kit and bodies: within their bounds as they come, and never those that somebody has read before. */
import assert from "node:assert/strict";
import { it } from "node:test";
import express from "express";
import fastify from "fastify";
import { releaseMemory } from "../../src/platform/release-memory.ts";
import type { ReceivedEvent } from "../../src/receiver.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aReceiver, quiet, served } from "./a-receiver.ts";
import { deliver, githubHeaders, sendRaw, sourceSecret } from "./a-source.ts";

/** A receiver, and the sentences that it logs as errors. */
async function aTalkingReceiver(context: Parameters<typeof aReceiver>[0], handle: (event: ReceivedEvent) => void) {
  const errors: string[] = [];
  const logger = { ...quiet, error: (_facts: object, sentence: string) => void errors.push(sentence) };
  return { errors, receiver: await aReceiver(context, { logger, handle }) };
}

it("says that the body was read before, and what to do, where a parser stands in front", async (context) => {
  const { receiver, errors } = await aTalkingReceiver(context, () => assert.fail("it cannot be verified"));
  const app = express();
  app.use(express.json());
  app.use("/in", receiver.node);
  const origins = [await served(context, app)];
  const parsing = fastify({ forceCloseConnections: true });
  parsing.all("/in/*", (request, reply) => {
    reply.hijack();
    receiver.node(request.raw, reply.raw);
  });
  origins.push(await parsing.listen({ port: 0, host: "127.0.0.1" }));
  context.after(() => parsing.close());
  for (const [index, origin] of origins.entries()) {
    const answer = await deliver(`${origin}/in/github`, { body: '{"a":1}' });
    const { code, detail, advice } = JSON.parse(answer.text);
    assert.deepEqual([answer.status, code], [500, "body-already-read"]);
    assert.match(`${detail} ${advice}`, /read the body .* before `express.json\(\)`/);
    assert.deepEqual([errors.length, /`express.json\(\)`/.test(errors[index] ?? "")], [index + 1, true]);
  }
});

it("says so of a request of the web, too", async (context) => {
  const { receiver } = await aTalkingReceiver(context, () => assert.fail("it cannot be verified"));
  const init = { method: "POST", body: "{}", headers: githubHeaders() };
  const request = new Request("http://localhost/in/github", init);
  await request.json();
  const answer = await receiver.fetch(request);
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [500, "body-already-read"]);
});

it("says so of a request of the web that somebody has begun to read", async (context) => {
  const { receiver } = await aTalkingReceiver(context, () => assert.fail("it cannot be verified"));
  const request = new Request("http://localhost/in/github", { method: "POST", body: "{}", headers: githubHeaders() });
  request.body?.getReader();
  const answer = await receiver.fetch(request);
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [500, "body-already-read"]);
});

it("takes the bytes where somebody read and kept them", async (context) => {
  const seen: ReceivedEvent[] = [];
  const { receiver, errors } = await aTalkingReceiver(context, (event) => void seen.push(event));
  const raw = express();
  raw.use(express.raw({ type: "*/*" }), receiver.node);
  const kept = express();
  const keep = (request: object, _response: unknown, bytes: Buffer) => Object.assign(request, { rawBody: bytes });
  kept.use(express.json({ verify: keep }), receiver.node);
  const body = '{ "a":  1 }';
  for (const app of [raw, kept]) {
    const origin = await served(context, app);
    assert.equal((await deliver(`${origin}/in/github`, { body })).status, 200);
    assert.equal((await deliver(`${origin}/in/github`, { body, secret: "another" })).status, 401);
  }
  await eventually("both are handled", () => seen.length === 2);
  assert.deepEqual(
    seen.map((event) => Buffer.from(event.body).toString()),
    [body, body],
  );
  assert.deepEqual(errors, []);
});

it("refuses what is too large as it comes, without waiting for its end", async (context) => {
  const { url } = await aReceiver(context, {
    sources: { github: { scheme: "github", secret: sourceSecret, bodyBytesMax: 1000 } },
  });
  const head = "POST /in/github HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  const chunk = `${(2000).toString(16)}\r\n${"x".repeat(2000)}\r\n`;
  const chunked = await sendRaw(url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`);
  assert.match(chunked, /^HTTP\/1\.1 413 /);
  assert.match(chunked, /"code":"body-too-large"/);
  assert.match(chunked, /\r\nconnection: close\r\n/i);
  const declared = await sendRaw(url, `${head}Content-Length: 100000000\r\n\r\n`);
  assert.match(declared, /^HTTP\/1\.1 413 /);
});

it("refuses what is too large of the web as it comes", async (context) => {
  const receiver = await aReceiver(context, {
    sources: { github: { scheme: "github", secret: sourceSecret, bodyBytesMax: 1000 } },
  });
  let pulled = 0;
  let wasCancelled = false;
  const body = new ReadableStream({
    pull: (controller) => {
      pulled += 1;
      controller.enqueue(new Uint8Array(300));
    },
    cancel: () => {
      wasCancelled = true;
    },
  });
  const headers = githubHeaders();
  const answer = await receiver.fetch(
    new Request("http://localhost/in/github", { method: "POST", body, headers, duplex: "half" }),
  );
  assert.equal(answer.status, 413);
  await eventually("the rest is not wanted", () => wasCancelled);
  assert.ok(pulled < 20, `${pulled} parts were asked for`);
});

it("holds no more than the bytes of a body of the web that comes in parts of one byte", async (context) => {
  const length = 100_000;
  const receiver = await aReceiver(context);
  let given = 0;
  let end = (): void => {};
  const body = new ReadableStream({
    pull: (controller) => {
      end = () => controller.close();
      if (given++ < length) controller.enqueue(new Uint8Array(new ArrayBuffer(1000), 0, 1));
    },
  });
  const init = { method: "POST", body, headers: githubHeaders(), duplex: "half" } as const;
  const before = process.memoryUsage().arrayBuffers;
  const asked = receiver.fetch(new Request("http://localhost/in/github", init));
  await eventually("all came", () => receiver.app.receiving.inFlight.bytes >= length);
  await eventually("what is not needed is gone", () => {
    releaseMemory();
    return process.memoryUsage().arrayBuffers - before < 10_000_000;
  });
  end();
  assert.equal((await asked).status, 401);
});

it("is not disturbed by a client that hangs up in the middle", async (context) => {
  const { receiver, errors } = await aTalkingReceiver(context, () => {});
  const { url } = receiver as Awaited<ReturnType<typeof aReceiver>>;
  const controller = new AbortController();
  const body = new ReadableStream({
    start: (stream) => {
      stream.enqueue(new TextEncoder().encode('{"a":'));
    },
  });
  const asked = fetch(url, {
    method: "POST",
    body,
    headers: githubHeaders(),
    duplex: "half",
    signal: controller.signal,
  });
  asked.catch(() => {});
  await eventually("it is being received", () => receiver.app.receiving.inFlight.bytes > 0);
  controller.abort();
  await assert.rejects(asked);
  await eventually("nothing is held for it", () => receiver.app.receiving.inFlight.requests === 0);
  assert.equal((await deliver(url)).status, 200);
  assert.deepEqual(errors, []);
});

it("answers 503 with a time to wait while it closes", async (context) => {
  const receiver = await aReceiver(context);
  await receiver.close();
  const answer = await deliver(receiver.url);
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"]);
});
