import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { BodyRoom, readHookBody } from "./hooks-server-body.ts";

const aRequest = (length?: number) => {
  const stream = new PassThrough();
  const headers = length === undefined ? {} : { "content-length": String(length) };
  return Object.assign(stream, { headers }) as unknown as IncomingMessage & PassThrough;
};

describe("a body", () => {
  it("takes as much of the room as it has bytes, until it is freed", async () => {
    const room = new BodyRoom(10);
    const request = aRequest();
    request.write("12345");
    request.end("678");
    const body = await readHookBody(request, null, room);
    assert.equal(body.kind === "whole" && Buffer.from(body.bytes).toString(), "12345678");
    assert.equal(room.take(3), false);
    room.free(8);
    assert.equal(room.take(10), true);
  });

  it("for which there is no room is refused, and leaves the room as it was", async () => {
    const room = new BodyRoom(6);
    const request = aRequest();
    request.write("1234");
    const body = readHookBody(request, null, room);
    setImmediate(() => request.write("567"));
    assert.equal((await body).kind, "no-room");
    assert.equal(room.take(6), true);
  });

  it("that is larger than it may be is refused before it is read, or as soon as it is", async () => {
    assert.equal((await readHookBody(aRequest(11), 10, new BodyRoom(null))).kind, "too-large");
    const request = aRequest();
    request.write("12345678901");
    assert.equal((await readHookBody(request, 10, new BodyRoom(null))).kind, "too-large");
  });

  it("that is cut off is none, and leaves the room as it was", async () => {
    const room = new BodyRoom(6);
    const request = aRequest(6);
    request.write("1234");
    setImmediate(() => request.destroy());
    assert.equal((await readHookBody(request, 10, room)).kind, "aborted");
    assert.equal(room.take(6), true);
  });
});
