import assert from "node:assert/strict";
import { test } from "node:test";
import type { Received } from "./receiver.ts";
import { dataHash, isWhole, judge as judgeAll, type Processed, type Published } from "./result.ts";

const aPublished = (event: Partial<Published> = {}): Published => ({
  id: "evt_1",
  data: Buffer.from('{ "n": 1.0 }'),
  state: "delivered",
  ...event,
});

const aRequest = (request: Partial<Received> = {}): Received => ({
  atMs: 0,
  path: "/webhooks",
  id: "evt_1",
  headers: {},
  body: Buffer.from('{"id":"evt_1","data":{ "n": 1.0 }}'),
  refusal: null,
  failure: null,
  ...request,
});

const aProcessed = (event: Partial<Processed> = {}): Processed => ({ id: "evt_1", hash: dataHash({ n: 1 }), ...event });

const judge = (published: Published[], received: Received[], processed = [aProcessed()]) =>
  judgeAll(published, { received, processed });

test("an event that failed once and then arrived is whole, and counted as retried", () => {
  const result = judge([aPublished()], [aRequest({ failure: "500" }), aRequest()]);
  assert.deepEqual(result, {
    published: 1,
    delivered: 1,
    verified: 1,
    byteEqual: 1,
    retried: 1,
    duplicates: 0,
    lost: 0,
    strays: 0,
    pulled: 1,
    pulledAgain: 0,
  });
  assert.equal(isWhole(result), true);
});

test("one wrong signature, one changed byte, one missing or one unknown event makes the result not whole", () => {
  const published = [aPublished()];
  assert.equal(isWhole(judge(published, [aRequest(), aRequest({ refusal: "wrong" })])), false);
  assert.equal(isWhole(judge(published, [aRequest({ body: Buffer.from('{"data":{"n":1.0}}') })])), false);
  assert.equal(isWhole(judge(published, [aRequest({ failure: "500" })])), false);
  assert.equal(isWhole(judge(published, [])), false);
  assert.equal(isWhole(judge(published, [aRequest(), aRequest({ id: "evt_2" })])), false);
  assert.equal(isWhole(judge([aPublished({ state: "retrying" })], [aRequest()])), false);
});

test("what comes again after it was answered with 200 is a duplicate, and not a loss", () => {
  const result = judge([aPublished()], [aRequest(), aRequest(), aRequest()]);
  assert.equal(result.duplicates, 2);
  assert.equal(isWhole(result), true);
});

test("what the consumer of the feed missed, or read otherwise than it was published, makes the result not whole", () => {
  const came = [aRequest()];
  assert.equal(isWhole(judge([aPublished()], came, [])), false);
  assert.equal(isWhole(judge([aPublished()], came, [aProcessed({ hash: dataHash({ n: 2 }) })])), false);
  assert.equal(isWhole(judge([aPublished()], came, [aProcessed(), aProcessed({ id: "evt_2" })])), false);
  const twice = judge([aPublished()], came, [aProcessed(), aProcessed()]);
  assert.equal(twice.pulledAgain, 1);
  assert.equal(isWhole(twice), true);
});
