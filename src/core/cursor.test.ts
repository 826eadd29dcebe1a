import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cursor, decodeCursor, encodeCursor } from "./cursor.ts";

const epochs = fc.nat({ max: 2 ** 48 - 1 }).map((epoch) => epoch.toString(16).padStart(12, "0"));
const cursors: fc.Arbitrary<Cursor> = fc
  .tuple(epochs, fc.nat({ max: 2 ** 48 - 1 }))
  .map(([epoch, position]) => ({ epoch, position }));

const base64url = (bytes: readonly number[]): string => Buffer.from(bytes).toString("base64url");

test("a cursor comes back as it went out", () => {
  fc.assert(fc.property(cursors, (cursor) => assert.deepEqual(decodeCursor(encodeCursor(cursor)), cursor)));
  for (const position of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1]) {
    const cursor = { epoch: "ffffffffffff", position };
    assert.deepEqual(decodeCursor(encodeCursor(cursor)), cursor);
  }
});

test("its format is fixed: clients keep cursors for years", () => {
  const text = base64url([1, 0xde, 0xad, 0xbe, 0xef, 0x12, 0x34, 0, 1, 0, 0, 0, 2]);
  assert.equal(encodeCursor({ epoch: "deadbeef1234", position: 2 ** 32 + 2 }), text);
  assert.deepEqual(decodeCursor(text), { epoch: "deadbeef1234", position: 2 ** 32 + 2 });
});

test("it needs no escaping in a URL", () => {
  fc.assert(fc.property(cursors, (cursor) => assert.match(encodeCursor(cursor), /^[A-Za-z0-9_-]{18}$/)));
});

test("a cursor of another format version is none", () => {
  assert.equal(decodeCursor(base64url([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])), null);
  assert.equal(decodeCursor(base64url([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])), null);
});

test("what was cut, lengthened or written differently is no cursor", () => {
  const text = encodeCursor({ epoch: "0badcafe4321", position: 77 });
  for (let length = 0; length < text.length; length++) assert.equal(decodeCursor(text.slice(0, length)), null);
  for (const other of [`${text}A`, `${text}=`, ` ${text}`, `${text}\n`, `${text}\0`])
    assert.equal(decodeCursor(other), null);
  const sameBytesOtherText = `${text.slice(0, -1)}${text.at(-1) === "1" ? "2" : "1"}`;
  const decoded = decodeCursor(sameBytesOtherText);
  assert.ok(decoded === null || encodeCursor(decoded) === sameBytesOtherText);
});

test("any text is a cursor or it is null, and no cursor has two texts", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[A-Za-z0-9_+/=-]{17,19}$/),
    fc.stringMatching(/^AQ[A-Za-z0-9_-]{16}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const cursor = decodeCursor(text);
      if (cursor !== null) assert.equal(encodeCursor(cursor), text);
    }),
  );
});
