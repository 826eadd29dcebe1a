import assert from "node:assert/strict";
import { it } from "node:test";
import { decodeRequest } from "../core/received-request.ts";
import type { Receipt } from "../core/source.ts";
import { eventually } from "../testing/eventually.ts";
import { type ReceiptDraft, Receipts } from "./receipts.ts";

const nothing = new Uint8Array(0);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function someReceipts(note: (receipts: readonly Receipt[]) => Promise<void>) {
  const clock = { nowMs: 1_700_000_000_000, wallMs: () => clock.nowMs, steadyMs: () => clock.nowMs };
  const random = { fraction: () => 0.5, bytes: (count: number) => new Uint8Array(count) };
  const unwritten = { count: 0 };
  const onUnwritten = (count: number): void => {
    unwritten.count += count;
  };
  return { receipts: new Receipts({ note, clock, random, logger: silent, onUnwritten }), clock, unwritten };
}

const aDraft = (sourceNumber: number, body: Uint8Array = nothing): ReceiptDraft => ({
  sourceNumber,
  outcome: "rejected",
  code: "verification_failed",
  detail: "why",
  eventId: null,
  bodyTruncated: false,
  request: {
    method: "POST",
    target: "/in/a",
    headers: ["A", "b"],
    address: "192.0.2.1",
    protocol: "https",
    receivedAtMs: 5,
    source: "a",
    deliveryId: null,
    providerType: null,
    body,
  },
});

it("receipts are written in groups, with a body that is cut", async () => {
  const groups: (readonly Receipt[])[] = [];
  const { receipts } = someReceipts(async (group) => void groups.push(group));
  receipts.add(aDraft(1, Buffer.alloc(70_000, "x")));
  receipts.add(aDraft(1, Buffer.from("short")));
  const [group] = await eventually("a group", () => groups.length > 0 && groups);
  const bodies = (group ?? []).map(({ request }) => decodeRequest(request, nothing).body.length);
  assert.deepEqual(bodies, [65_536, 5]);
  assert.deepEqual(
    group?.map(({ bodyTruncated }) => bodyTruncated),
    [true, false],
  );
});

it("of a flood of large bodies a few are kept whole, and the rest in short: others keep their place in the log", async () => {
  const written: Receipt[] = [];
  const { receipts, clock } = someReceipts(async (group) => void written.push(...group));
  const large = Buffer.alloc(60_000, "x");
  const secondsMax = 50;
  for (let second = 0; second < secondsMax; second++) {
    for (let count = 0; count < 40; count++) receipts.add(aDraft(1, large));
    receipts.add(aDraft(2, large));
    await receipts.close();
    clock.nowMs += 1000;
  }
  const bodies = (source: number): number[] =>
    written
      .filter(({ sourceNumber }) => sourceNumber === source)
      .map(({ request }) => decodeRequest(request, nothing).body.length);
  const whole = bodies(1).filter((length) => length === large.length).length;
  assert.deepEqual([bodies(1).length, whole], [20 * secondsMax, 10 + secondsMax - 1]);
  assert.equal(
    bodies(1).find((length) => length < large.length),
    4096,
  );
  assert.equal(written.filter(({ bodyTruncated }) => bodyTruncated).length, 20 * secondsMax - whole);
  assert.deepEqual(new Set(bodies(2)), new Set([large.length]), "who writes one a second is not touched");
});

it("a source writes so many a second, all together so many, and what is beyond that is counted", async () => {
  const written: Receipt[] = [];
  const { receipts, clock, unwritten } = someReceipts(async (group) => void written.push(...group));
  for (let source = 1; source <= 6; source++) for (let count = 0; count < 50; count++) receipts.add(aDraft(source));
  await receipts.close();
  const of = (source: number): number => written.filter(({ sourceNumber }) => sourceNumber === source).length;
  assert.deepEqual([of(1), of(5), of(6), unwritten.count], [20, 20, 0, 200]);
  clock.nowMs += 500;
  for (let count = 0; count < 50; count++) receipts.add(aDraft(1));
  await receipts.close();
  assert.equal(of(1), 30);
});

it("a store that takes none keeps nothing waiting: they are counted", async () => {
  const { receipts, unwritten } = someReceipts(() => Promise.reject(new Error("full")));
  receipts.add(aDraft(1));
  receipts.add(aDraft(2));
  await receipts.close();
  assert.equal(unwritten.count, 2);
});

it("while a group is being written the next one waits, and is bounded", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const groups: number[] = [];
  const { receipts, clock, unwritten } = someReceipts((group) => {
    groups.push(group.length);
    return promise;
  });
  receipts.add(aDraft(1));
  await eventually("the first is being written", () => groups.length === 1);
  for (let second = 0; second < 60; second++) {
    clock.nowMs += 1000;
    for (let count = 0; count < 10; count++) receipts.add(aDraft(1));
  }
  assert.equal(unwritten.count, 400);
  resolve();
  await receipts.close();
  assert.deepEqual(groups, [1, 200]);
});
