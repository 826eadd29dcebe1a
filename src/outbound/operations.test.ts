import assert from "node:assert/strict";
import { it } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import type { Settlement } from "../core/lane-settle.ts";
import { isNews, newsOf } from "./operations.ts";

const endpoint = { ...endpointDefaults, id: "ep_1", tenant: "default", url: "https://example.com/" } as Endpoint;
const event = {
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 1,
  version: null,
  request: null,
  data: Buffer.from("1"),
  position: 1,
  acceptedAtMs: 1,
};
const result = {
  status: 500,
  errorClass: "http_status",
  errorDetail: `It answered ${"5".repeat(1000)}.`,
  durationMs: 1,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
} as const;

/** An attempt that failed, and after which the delivery is in this state. */
function failed(state: "retrying" | "exhausted" | "blocked", flight: Partial<Settlement["flight"]> = {}): Settlement {
  const row = { position: 1, state, attempts: 3, step: 1, dueAtMs: 5 };
  return {
    flight: {
      number: 3,
      step: 1,
      trigger: "retry",
      room: "retry",
      startedAtMs: 1,
      from: "retrying",
      dueAtMs: 1,
      hasRow: true,
      outlivedOutage: false,
      ...flight,
    },
    state,
    changes: [{ do: "park", row }],
    disable: null,
    breaker: null,
    outage: null,
  };
}

const typesOf = (settlement: Settlement, about: Partial<Endpoint> = {}): string[] =>
  newsOf({ endpoint: { ...endpoint, ...about }, event }, { result, settlement }, 9).map(({ type }) => type);

it("a delivery that has just used up its retries is news, also where it blocks those behind it", () => {
  for (const state of ["exhausted", "blocked"] as const) {
    assert.ok(isNews(failed(state)));
    assert.deepEqual(typesOf(failed(state)), ["delivery.exhausted"]);
  }
  assert.equal(isNews(failed("retrying")), false);
});

it("one that was given up before, and fails a probe, is no news; one that fails a replay is", () => {
  assert.deepEqual(typesOf(failed("exhausted", { from: "exhausted", trigger: "probe" })), []);
  assert.deepEqual(typesOf(failed("blocked", { from: "blocked", trigger: "probe" })), []);
  assert.deepEqual(typesOf(failed("exhausted", { from: "exhausted", trigger: "replay" })), ["delivery.exhausted"]);
});

it("nothing is told of endpoints that are told of others", () => {
  const settlement = { ...failed("exhausted"), outage: { is: "began", sinceMs: 1 } as const };
  assert.deepEqual(typesOf(settlement), ["delivery.exhausted", "endpoint.failing"]);
  assert.deepEqual(typesOf(settlement, { tenant: "_operations" }), []);
});

it("the same fact is the same event, and a sentence of any length is cut", () => {
  const [first] = newsOf({ endpoint, event }, { result, settlement: failed("exhausted") }, 9);
  const [again] = newsOf({ endpoint, event }, { result, settlement: failed("exhausted") }, 9);
  const [later] = newsOf({ endpoint, event }, { result, settlement: failed("exhausted") }, 10);
  assert.equal(first?.id, again?.id);
  assert.notEqual(first?.id, later?.id);
  assert.equal(JSON.parse(String(first?.data)).last_attempt.error_detail.length, 500);
});
