import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../core/event.ts";
import { Tail } from "./tail.ts";

const anEvent = (position: number, bytes = 100): StoredEvent => ({
  id: `evt_${position}`,
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 0,
  version: null,
  request: null,
  data: new Uint8Array(bytes),
  position,
  acceptedAtMs: 0,
});

const events = (first: number, last: number, bytes = 100): StoredEvent[] =>
  Array.from({ length: last - first + 1 }, (_, index) => anEvent(first + index, bytes));

const held = (tail: Tail): number[] => {
  const positions: number[] = [];
  for (let position = -5; position <= tail.head + 5; position++) {
    if (tail.get(position)?.position === position) positions.push(position);
    else assert.equal(tail.get(position), undefined);
  }
  return positions;
};

test("an empty tail holds nothing, and begins after the head that it was given", () => {
  const tail = new Tail(41, 10_000);
  assert.deepEqual([tail.head, tail.earliest, tail.bytes, held(tail)], [41, 42, 0, []]);
});

test("what was pushed is held at its position", () => {
  const tail = new Tail(0, 10_000);
  tail.push(events(1, 2));
  tail.push([]);
  tail.push(events(3, 3));
  assert.deepEqual([tail.head, tail.earliest, held(tail)], [3, 1, [1, 2, 3]]);
  assert.equal(tail.get(2)?.id, "evt_2");
});

test("a tail that begins in the middle of the log knows nothing before it", () => {
  const tail = new Tail(1000, 10_000);
  tail.push(events(1001, 1003));
  assert.deepEqual([tail.earliest, tail.get(1000), tail.get(1001)?.position], [1001, undefined, 1001]);
});

test("a gap and a repetition are errors", () => {
  const tail = new Tail(0, 10_000);
  tail.push(events(1, 2));
  assert.throws(() => tail.push([anEvent(4)]), /position 4 after 2/);
  assert.throws(() => tail.push([anEvent(2)]), /position 2 after 2/);
});

test("the oldest leave when the bytes are more than the bound, and their data is counted", () => {
  const tail = new Tail(0, 2000);
  tail.push(events(1, 4));
  assert.deepEqual([tail.earliest, tail.bytes], [1, 2000]);
  tail.push(events(5, 5));
  assert.deepEqual([tail.earliest, tail.bytes, held(tail)], [2, 2000, [2, 3, 4, 5]]);
  tail.push([anEvent(6, 1100)]);
  assert.deepEqual([tail.earliest, tail.bytes, held(tail)], [5, 2000, [5, 6]]);
});

test("an event larger than the bound is not held, and the tail goes on after it", () => {
  const tail = new Tail(0, 2000);
  tail.push(events(1, 2));
  tail.push([anEvent(3, 5000)]);
  assert.deepEqual([tail.head, tail.earliest, tail.bytes, held(tail)], [3, 4, 0, []]);
  tail.push(events(4, 4));
  assert.deepEqual([tail.earliest, held(tail)], [4, [4]]);
});

test("over many thousands of events the tail stays bounded, and right at every step", () => {
  const tail = new Tail(7, 500 * 50);
  for (let position = 8; position <= 10_007; position += 3) {
    tail.push(events(position, position + 2));
    assert.equal(tail.head, position + 2);
    assert.equal(tail.earliest, Math.max(8, tail.head - 49));
    assert.equal(tail.get(tail.earliest)?.position, tail.earliest);
    assert.equal(tail.get(tail.head)?.position, tail.head);
    assert.equal(tail.get(tail.earliest - 1), undefined);
    assert.equal(tail.get(tail.head + 1), undefined);
    assert.ok(tail.bytes <= 500 * 50);
  }
});
