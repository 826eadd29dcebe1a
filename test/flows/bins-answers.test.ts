/** What a bin answers: one answer, or a sequence of them, held back or not, to pages of any origin or not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { HeldAnswers } from "../../src/inbound/bins/held-answers.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBin, send } from "./a-bin.ts";
import { aServer } from "./a-server.ts";

const inTurn = async (url: string, count: number): Promise<number[]> => {
  const statuses: number[] = [];
  for (let left = count; left > 0; left--) statuses.push((await send(url)).status);
  return statuses;
};

describe("the answer of a bin", () => {
  it("is 200 without a body where none was chosen", async (context) => {
    const bin = await aBin(await aServer(context));
    const { status, text } = await send(bin.url);
    assert.deepEqual([status, text], [200, ""]);
  });

  it("has the status, headers and body that were chosen", async (context) => {
    const bin = await aBin(await aServer(context), {
      answer: { status: 418, headers: { "Retry-After": "3", "X-Tea": "pot \xe9" }, body: "短い と" },
    });
    const { status, headers, text } = await send(bin.url);
    assert.deepEqual([status, text], [418, "短い と"]);
    assert.deepEqual([headers.get("retry-after"), headers.get("x-tea")], ["3", "pot \xe9"]);
    assert.equal(headers.get("content-type"), "text/plain; charset=utf-8");
  });

  it("is a redirect where that was chosen, and has no body where the status has none", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server, {
      answer: [{ status: 302, headers: { location: "https://example.com/" } }, { status: 304 }, { status: 204 }],
    });
    assert.equal((await send(bin.url)).headers.get("location"), "https://example.com/");
    assert.deepEqual(await inTurn(bin.url, 2), [304, 204]);
    const refused = await server.ask("POST /v1/bins", { body: { answer: { status: 204, body: "x" } } });
    assert.deepEqual([refused.status, refused.body.field], [400, "/answer/0/body"]);
  });

  it("fails twice, and then is 200: also for fifty requests that come at once", async (context) => {
    const server = await aServer(context);
    const answer = [{ status: 500, times: 20 }, { status: 429, times: 10 }, { status: 200 }];
    const bin = await aBin(server, { answer });
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await send(bin.url)).status));
    const counts = [500, 429, 200].map((status) => statuses.filter((one) => one === status).length);
    assert.deepEqual(counts, [20, 10, 20]);
    // Whoever came first was given the first: what is shown is what was answered.
    const { data } = await bin.get("/requests?limit=50");
    const shown = data.map((request: { answered: { number: number } }) => request.answered.number);
    assert.deepEqual(
      shown,
      Array.from({ length: 50 }, (_, index) => 50 - index),
    );
    assert.equal((await bin.get()).answered, 50);
  });

  it("begins anew when it is reset, or is another", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server, { answer: [{ status: 500, times: 2 }, { status: 200 }] });
    assert.deepEqual(await inTurn(bin.url, 3), [500, 500, 200]);
    assert.equal((await server.ask(`POST /v1/bins/${bin.id}/reset`)).status, 200);
    assert.deepEqual(await inTurn(bin.url, 3), [500, 500, 200]);
    await server.ask(`PATCH /v1/bins/${bin.id}`, { body: { answer: [{ status: 503 }, { status: 201 }] } });
    assert.deepEqual(await inTurn(bin.url, 2), [503, 201]);
    const { data } = await bin.get("/requests");
    assert.deepEqual(
      data.map((request: { answered: { status: number } | null }) => request.answered?.status ?? null),
      [201, 503, null, null, null, null, null, null],
    );
    await server.ask(`PATCH /v1/bins/${bin.id}`, { body: { answer: null } });
    assert.deepEqual(await inTurn(bin.url, 1), [200]);
  });

  it("may be refused: statuses, times, delays and lengths have bounds", async (context) => {
    const server = await aServer(context);
    const wrong: [answer: unknown, field: string][] = [
      [{ status: 199 }, "/answer"],
      [{ status: 600 }, "/answer"],
      [{ status: 200, delay_ms: limits.binDelayMsMax + 1 }, "/answer"],
      [{ status: 200, times: 0 }, "/answer"],
      [Array(limits.binAnswers + 1).fill({ status: 200 }), "/answer"],
      [[...Array(2)].map(() => ({ status: 200, body: "x".repeat(limits.binAnswersLength - 1) })), "/answer"],
    ];
    for (const [answer, field] of wrong) {
      const refused = await server.ask("POST /v1/bins", { body: { answer } });
      assert.equal(refused.status, 400, JSON.stringify(answer).slice(0, 80));
      assert.ok(refused.body.field.startsWith(field), refused.body.field);
    }
  });

  it("is held back as long as was chosen, while others of the bin are stored", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server, { answer: [{ status: 200, delay_ms: 30_000 }, { status: 201 }] });
    const gone = new AbortController();
    const held = send(bin.url, { method: "POST", signal: gone.signal }).catch(() => "gone");
    await eventually("the held request is stored", async () => (await bin.ids()).length === 1);
    assert.equal((await send(bin.url)).status, 201);
    gone.abort();
    assert.equal(await held, "gone");
    const short = await aBin(server, { answer: { status: 200, delay_ms: 50 } });
    const startedMs = performance.now();
    await send(short.url);
    assert.ok(performance.now() - startedMs >= 45);
  });

  it("is sent at once when the server stops", async (context) => {
    const ends: (() => Promise<void>)[] = [];
    const server = await aServer({ after: (end: () => Promise<void>) => ends.push(end) } as never, {
      server: { shutdownGraceMs: 20_000 },
    });
    context.after(async () => Promise.all(ends.splice(0).map((end) => end())));
    const bin = await aBin(server, { answer: { status: 207, delay_ms: 30_000 } });
    const held = send(bin.url);
    await eventually("it is stored", async () => (await bin.ids()).length === 1);
    const startedMs = performance.now();
    for (const end of ends.splice(0)) await end();
    assert.equal((await held).status, 207);
    assert.ok(performance.now() - startedMs < 15_000);
  });

  it("is held for so many only, and for so many of one bin", () => {
    const held = new HeldAnswers();
    const all = Array.from({ length: limits.binAnswersHeldPerBin }, () => held.hold("one", 30_000));
    assert.equal(held.hasRoom("one"), false);
    assert.equal(held.hasRoom("other"), true);
    all[0]?.end();
    all[0]?.end();
    assert.equal(held.hasRoom("one"), true);
    while (held.hasRoom("one")) held.hold("one", 30_000);
    for (let index = limits.binAnswersHeldPerBin; index < limits.binAnswersHeld; index++)
      held.hold(`b${index}`, 30_000);
    assert.equal(held.hasRoom("other"), false);
    held.close();
    assert.equal(held.hasRoom("one"), true);
  });
});

describe("a page of another origin", () => {
  const asking = {
    origin: "https://page.example",
    "access-control-request-method": "PUT",
    "access-control-request-headers": "x-own, authorization",
  };

  it("may send to a bin that says so, and its browser's question is no request", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server, { cors: true, answer: [{ status: 500 }, { status: 200 }] });
    const preflight = await send(bin.url, { method: "OPTIONS", headers: asking });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.equal(preflight.headers.get("access-control-allow-methods"), "PUT");
    assert.equal(preflight.headers.get("access-control-allow-headers"), "x-own, authorization");
    assert.deepEqual(await bin.ids(), []);
    const { status, headers } = await send(bin.url, { method: "PUT", headers: { origin: asking.origin } });
    assert.deepEqual([status, headers.get("access-control-allow-origin")], [500, "*"]);
    assert.equal((await bin.ids()).length, 1);
  });

  it("may not where the bin does not, and what it asks is a request as any other", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const preflight = await send(bin.url, { method: "OPTIONS", headers: asking });
    assert.equal(preflight.headers.get("access-control-allow-origin"), null);
    assert.equal((await bin.ids()).length, 1);
  });
});
