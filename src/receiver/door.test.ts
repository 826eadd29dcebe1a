import assert from "node:assert/strict";
import { it } from "node:test";
import { keptBody } from "./door.ts";

it("holds a body that somebody kept to the bounds of one that is read", () => {
  const body = Buffer.from("0123456789");
  const taken: number[] = [];
  const take = (bytes: number): boolean => taken.push(bytes) > 0;
  assert.equal(keptBody(body, { bytesMax: 10, take }), body);
  assert.throws(() => keptBody(body, { bytesMax: 9, take }), { code: "body-too-large" });
  assert.deepEqual(taken, [10]);
  assert.throws(() => keptBody(body, { bytesMax: 10, take: () => false }), { code: "overloaded" });
});
