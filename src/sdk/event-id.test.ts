import assert from "node:assert/strict";
import { it } from "node:test";
import { isEventId } from "../core/event.ts";
import { makeId } from "../core/ids.ts";
import { freshEventId, makeEventId } from "./event-id.ts";

it("an id made by the client is one as the server makes them", () => {
  const random = Uint8Array.from({ length: 16 }, (_, index) => index * 17);
  for (const nowMs of [0, 1, 1_767_225_600_123, 281_474_976_710_655]) {
    assert.equal(makeEventId(nowMs, random), makeId("evt", nowMs, random));
  }
});

it("fresh ids fit, differ, and sort by their time", () => {
  const ids = new Set(Array.from({ length: 1000 }, freshEventId));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.ok(isEventId(id), id);
  const random = new Uint8Array(16).fill(31);
  assert.ok(makeEventId(1000, random) < makeEventId(1001, new Uint8Array(16)));
});
