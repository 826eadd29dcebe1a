import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import type { AttemptResult } from "../core/attempt.ts";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import type { Clock } from "../core/ports.ts";
import type { Signed } from "./signed.ts";
import { SigningTurns, type Turn } from "./signing-turns.ts";

const [old, fresh, older] = ["the old secret of two", "the new secret of two", "the oldest secret of all"] as const;

const anEndpoint = (members: Partial<Endpoint> = {}): Endpoint =>
  ({
    ...endpointDefaults,
    signing: { scheme: "github" },
    secrets: [fresh],
    retiringSecrets: [{ secret: old, sinceMs: 0, untilMs: 1000 }],
    timeoutMs: 5000,
    ...members,
  }) as Endpoint;

const signed: Signed = {
  id: "evt_1",
  type: "push",
  timestampSeconds: 1,
  body: Buffer.from("{}"),
  method: "POST",
  url: "https://example.com/",
};

const aResult = (status: number | null): AttemptResult => ({
  status,
  errorClass: status === 200 ? null : status === null ? "timeout" : "http_status",
  errorDetail: null,
  durationMs: 7,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
});

const turns = new SigningTurns();

/** Sends to a receiver that answers by the secret; says which secrets were tried, and how long each might take. */
function aReceiver(answer: (secret: string) => number | null, { nowMs = 0, takesMs = 0 } = {}) {
  const tried: string[] = [];
  const timeoutsMs: number[] = [];
  let elapsedMs = nowMs;
  const clock: Clock = { wallMs: () => 0, steadyMs: () => elapsedMs };
  const send = async ({ headers, timeoutMs }: Turn): Promise<AttemptResult> => {
    const signature = headers[headers.indexOf("X-Hub-Signature-256") + 1];
    const secret = [old, fresh, older].find(
      (known) => signature === `sha256=${createHmac("sha256", known).update("{}").digest("hex")}`,
    );
    assert.ok(secret);
    tried.push(secret);
    timeoutsMs.push(timeoutMs);
    elapsedMs += takesMs;
    return aResult(answer(secret));
  };
  return { tried, timeoutsMs, attempt: (endpoint: Endpoint) => turns.send(endpoint, signed, { clock, send }) };
}

test("the replaced secret goes first; one that is refused makes way for the other, within the attempt", async () => {
  const knowsOld = aReceiver((secret) => (secret === old ? 200 : 401));
  assert.equal((await knowsOld.attempt(anEndpoint())).status, 200);
  assert.deepEqual(knowsOld.tried, [old]);
  for (const refusal of [400, 401, 403]) {
    const knowsNew = aReceiver((secret) => (secret === fresh ? 200 : refusal));
    const result = await knowsNew.attempt(anEndpoint());
    assert.deepEqual([result.status, result.errorClass, result.durationMs], [200, null, 14]);
    assert.deepEqual(knowsNew.tried, [old, fresh]);
  }
});

test("what was accepted last goes first from then on, and the other again when that is refused", async () => {
  const endpoint = anEndpoint();
  let known: string = fresh;
  const receiver = aReceiver((secret) => (secret === known ? 200 : 401));
  await receiver.attempt(endpoint);
  await receiver.attempt(endpoint);
  known = old;
  await receiver.attempt(endpoint);
  await receiver.attempt(endpoint);
  assert.deepEqual(receiver.tried, [old, fresh, fresh, fresh, old, old]);
});

test("an answer that says nothing of the signature ends the attempt", async () => {
  for (const status of [500, 404, 410, 429, 302, null]) {
    const receiver = aReceiver(() => status);
    assert.equal((await receiver.attempt(anEndpoint())).status, status);
    assert.deepEqual(receiver.tried, [old]);
  }
});

test("a receiver that refuses every secret is asked once with each, and the first answer counts", async () => {
  const retiringSecrets = [old, older].map((secret) => ({ secret, sinceMs: 0, untilMs: 1000 }));
  const receiver = aReceiver((secret) => (secret === old ? 403 : 401));
  const result = await receiver.attempt(anEndpoint({ retiringSecrets }));
  assert.deepEqual([result.status, result.durationMs], [403, 21]);
  assert.deepEqual(receiver.tried, [old, fresh, older]);
});

test("a status that the endpoint counts as delivered is sent once, and says that the secret was accepted", async () => {
  const refusing = aReceiver(() => 401);
  await refusing.attempt(anEndpoint({ successStatuses: [401] }));
  assert.deepEqual(refusing.tried, [old]);
  const endpoint = anEndpoint({ successStatuses: [302] });
  const redirecting = aReceiver((secret) => (secret === fresh ? 302 : 403));
  await redirecting.attempt(endpoint);
  await redirecting.attempt(endpoint);
  assert.deepEqual(redirecting.tried, [old, fresh, fresh]);
});

test("all turns together have the time of one attempt", async () => {
  const receiver = aReceiver(() => 401, { takesMs: 3000 });
  await receiver.attempt(anEndpoint({ timeoutMs: 5000 }));
  assert.deepEqual(receiver.timeoutsMs, [5000, 2000]);
  const slow = aReceiver(() => 401, { takesMs: 5000 });
  assert.equal((await slow.attempt(anEndpoint({ timeoutMs: 5000 }))).status, 401);
  assert.deepEqual(slow.tried, [old]);
});

test("after the grace only the newest signs", async () => {
  const receiver = aReceiver(() => 401, { nowMs: 1000 });
  await receiver.attempt(anEndpoint());
  assert.deepEqual(receiver.tried, [fresh]);
});
