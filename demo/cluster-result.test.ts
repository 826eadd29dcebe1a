import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterResult, type Due, isClusterWhole, judgeCluster } from "./cluster-result.ts";
import type { Received } from "./receiver.ts";

const aDue = (delivery: Partial<Due> = {}): Due => ({
  id: "evt_1",
  path: "/0",
  data: Buffer.from('{ "n": 1.0 }'),
  state: "delivered",
  ...delivery,
});

const aRequest = (request: Partial<Received> = {}): Received => ({
  atMs: 10_000,
  path: "/0",
  id: "evt_1",
  headers: {},
  body: Buffer.from('{"id":"evt_1","data":{ "n": 1.0 }}'),
  refusal: null,
  failure: null,
  ...request,
});

const fault = { name: "killed", fromMs: 10_500, untilMs: 12_000 };

const judge = (due: Due[], received: Received[]): ClusterResult => judgeCluster(due, { received, faults: [fault] });

test("each payload has to arrive at each endpoint", () => {
  const due = [aDue(), aDue({ path: "/1" })];
  const result = judge(due, [aRequest(), aRequest({ path: "/1" })]);
  assert.deepEqual([result.payloads, result.endpoints, result.published, result.lost], [1, 2, 2, 0]);
  assert.equal(isClusterWhole(result), true);
  assert.equal(isClusterWhole(judge(due, [aRequest(), aRequest()])), false);
  assert.equal(judge(due, [aRequest(), aRequest()]).lost, 1);
});

test("what comes again is explained where it had been answered shortly before a fault, or during it", () => {
  for (const atMs of [5500, 10_000, 12_000]) {
    const result = judge([aDue()], [aRequest({ atMs }), aRequest({ atMs: 50_000 })]);
    assert.deepEqual([result.duplicates, result.unexplained], [1, 0], String(atMs));
    assert.equal(isClusterWhole(result), true);
  }
  for (const atMs of [5499, 12_001]) {
    const result = judge([aDue()], [aRequest({ atMs }), aRequest({ atMs: 12_002 })]);
    assert.deepEqual([result.duplicates, result.unexplained], [1, 1], String(atMs));
    assert.equal(isClusterWhole(result), false);
  }
});

test("an attempt that was made to fail is no reason to come again", () => {
  const result = judge([aDue()], [aRequest({ atMs: 0, failure: "500" }), aRequest({ atMs: 1 })]);
  assert.deepEqual([result.retried, result.duplicates, result.unexplained], [1, 0, 0]);
});
