import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { receivedBody } from "./received-body.ts";

const bounds = { bytesMax: 1_000_000, timeoutMs: 60_000, take: () => true };

function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it("a body that comes byte by byte takes the memory of its bytes, and not of its parts", async () => {
  const payload = new EventEmitter();
  const body = receivedBody(payload as IncomingMessage, bounds);
  const before = heldBytes();
  for (let count = 0; count < 200_000; count++) payload.emit("data", Buffer.alloc(1, count));
  const grown = heldBytes() - before;
  assert.ok(grown < 4_000_000, `${grown} bytes for 200,000`);
  payload.emit("end");
  assert.deepEqual(await body, Buffer.from(Uint8Array.from({ length: 200_000 }, (_, index) => index)));
});

it("parts of any length make the body in their order, and stay what they were", async () => {
  const payload = new EventEmitter();
  const body = receivedBody(payload as IncomingMessage, bounds);
  const parts = [3, 1, 5000, 0, 70_000, 1].map((length, index) => Buffer.alloc(length, index + 1));
  const whole = Buffer.concat(parts);
  for (const part of parts) payload.emit("data", part);
  payload.emit("end");
  assert.deepEqual(await body, whole);
  assert.deepEqual(Buffer.concat(parts), whole);
});
