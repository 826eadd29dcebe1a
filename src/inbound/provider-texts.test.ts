import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { SendRequest } from "../core/ports.ts";
import { AddressGuard } from "../platform/address-guard.ts";
import { parseAllowList } from "../platform/allow-list.ts";
import { HttpSender } from "../platform/http-sender.ts";
import { startTestReceiver, type TestReceiver } from "../testing/test-receiver.ts";
import { ProviderTexts } from "./provider-texts.ts";

const hourMs = 3_600_000;

/** A provider on loopback, which the real sender may reach, and a clock that the test moves. */
async function aProvider(context: Pick<TestContext, "after">, allowed = ["loopback"]) {
  const receiver: TestReceiver = await startTestReceiver();
  const guard = new AddressGuard(parseAllowList(allowed));
  const sender = new HttpSender({ guard, clock: { wallMs: () => Date.now() } });
  context.after(async () => {
    await sender.close();
    await receiver.close();
  });
  let nowMs = 1_000_000;
  const texts = new ProviderTexts({ sender, clock: { steadyMs: () => nowMs } });
  const say = (text: string) => receiver.answer({ write: (response) => response.writeHead(200).end(text) });
  say("one");
  return { receiver, texts, say, url: `${receiver.url}/cert.pem`, pass: (ms: number) => (nowMs += ms) };
}

it("what a provider says is asked for once, by all who wait, and kept for an hour", async (context) => {
  const { receiver, texts, say, url, pass } = await aProvider(context);
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => texts.fetch(url))), ["one", "one", "one"]);
  say("two");
  pass(hourMs - 1);
  assert.equal(await texts.fetch(url), "one");
  assert.equal(receiver.requests.length, 1);
  pass(1);
  assert.equal(await texts.fetch(url), "two");
  assert.deepEqual([receiver.requests.length, receiver.requests[0]?.method], [2, "GET"]);
});

it("what it said before holds for a day while it cannot be reached", async (context) => {
  const { receiver, texts, url, pass } = await aProvider(context);
  await texts.fetch(url);
  receiver.answer(500);
  pass(23 * hourMs);
  assert.equal(await texts.fetch(url), "one");
  pass(hourMs);
  await assert.rejects(texts.fetch(url), /500/);
});

it("what cannot be had is not asked for again at once", async (context) => {
  const { receiver, texts, say, url, pass } = await aProvider(context);
  receiver.answer(404);
  await assert.rejects(texts.fetch(url), /404/);
  say("one");
  pass(9999);
  await assert.rejects(texts.fetch(url), /a moment ago/);
  assert.equal(receiver.requests.length, 1);
  pass(1);
  assert.equal(await texts.fetch(url), "one");
});

it("a redirect is not followed, a long answer not taken, an address that is not public not asked", async (context) => {
  const { receiver, texts, url } = await aProvider(context);
  const location = `${receiver.url}/elsewhere`;
  receiver.answer({ write: (response) => response.writeHead(302, { location }).end("one") });
  await assert.rejects(texts.fetch(url), /302/);
  receiver.answer({ write: (response) => response.writeHead(200).end("x".repeat(1024 * 1024)) });
  await assert.rejects(texts.fetch(`${url}?long`), /too long/);
  assert.deepEqual(
    receiver.requests.map(({ path }) => path),
    ["/cert.pem", "/cert.pem?long"],
  );
  const guarded = await aProvider(context, []);
  await assert.rejects(guarded.texts.fetch(guarded.url), /may not be sent to/);
  assert.equal(guarded.receiver.requests.length, 0);
});

it("a flood of URLs pushes out nothing that is good and in use, and has few requests under way", async (context) => {
  const { receiver, texts, url } = await aProvider(context);
  receiver.answer(({ path }) => (path === "/cert.pem" ? { write: (response) => response.end("one") } : 404));
  await texts.fetch(url);
  for (let round = 0; round < 30; round += 1) {
    const flood = Array.from({ length: 20 }, (_, index) => texts.fetch(`${url}?${round}-${index}`));
    const outcomes = await Promise.allSettled(flood);
    assert.ok(outcomes.every(({ status }) => status === "rejected"));
  }
  assert.equal(receiver.requests.length, 1 + 30 * 8);
  assert.equal(await texts.fetch(url), "one");
  assert.equal(receiver.requests.length, 1 + 30 * 8);
});

it("no more than a hundred texts are kept: those that were used last", async () => {
  const asked: string[] = [];
  const answer = { status: 200, responseTruncated: false, responseBody: Buffer.from("x"), errorDetail: null };
  const sender = {
    send: async ({ url }: SendRequest) => {
      asked.push(url);
      return { ...answer, errorClass: null, durationMs: 0, retryAfterMs: null };
    },
    abortAll: () => {},
    close: async () => {},
  };
  const texts = new ProviderTexts({ sender, clock: { steadyMs: () => 0 } });
  for (let index = 0; index < 100; index += 1) await texts.fetch(`https://a/${index}`);
  await texts.fetch("https://a/0");
  await texts.fetch("https://a/100");
  await texts.fetch("https://a/0");
  assert.equal(asked.length, 101);
  await texts.fetch("https://a/1");
  assert.equal(asked.length, 102);
});
