/** What receivers answer, and what an attempt makes of it. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { limits } from "../../src/core/limits.ts";
import { answering, aRequest, eventually, faultTest, ok, sendInTime } from "./receiver-kit.ts";

faultTest("the receiver gets exactly the bytes that were given, headers in order", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const body = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  const headers = [
    "content-type",
    "application/json",
    "X-Mixed-Case",
    "a",
    "webhook-id",
    "evt_1",
    "x-mixed-case",
    "b\xe9",
  ];
  const result = await sendInTime(
    kit.sender(),
    aRequest(`${receiver.url}?a=1&b=%20`, { headers, body: body.subarray(1) }),
  );
  assert.deepEqual(
    { ...result, durationMs: 0, responseBody: Buffer.from(result.responseBody).toString() },
    {
      status: 200,
      errorClass: null,
      errorDetail: null,
      durationMs: 0,
      responseBody: "ok",
      responseTruncated: false,
      retryAfterMs: null,
    },
  );
  const head =
    `POST /hook?a=1&b=%20 HTTP/1.1\r\nhost: 127.0.0.1:${receiver.port}\r\nconnection: keep-alive\r\n` +
    "content-type: application/json\r\nX-Mixed-Case: a\r\nwebhook-id: evt_1\r\nx-mixed-case: b\xe9\r\n" +
    `content-length: ${body.length - 1}\r\n\r\n`;
  const expected = Buffer.concat([Buffer.from(head, "latin1"), body.subarray(1)]);
  assert.ok(
    receiver.connections[0]!.received().equals(expected),
    receiver.connections[0]!.received().toString("latin1", 0, 400),
  );
});

faultTest("an empty body is sent as none", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender();
  await sendInTime(sender, aRequest(receiver.url, { body: new Uint8Array(0), headers: [] }));
  await sendInTime(sender, aRequest(receiver.url, { method: "GET", body: new Uint8Array(0), headers: [] }));
  const host = `host: 127.0.0.1:${receiver.port}\r\nconnection: keep-alive\r\n`;
  assert.equal(
    receiver.connections[0]!.received().toString(),
    `POST /hook HTTP/1.1\r\n${host}content-length: 0\r\n\r\nGET /hook HTTP/1.1\r\n${host}\r\n`,
  );
});

faultTest("requests that follow each other share a connection", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender();
  for (let i = 0; i < 5; i++) assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
  assert.equal(receiver.connections.length, 1);
});

for (const status of [200, 201, 202, 204, 205, 206, 299]) {
  faultTest(`a ${status} delivers, and the connection serves the next request`, async (kit) => {
    const length = status === 204 ? "" : "content-length: 0\r\n";
    const receiver = await kit.receiver(answering(`HTTP/1.1 ${status} Whatever\r\n${length}retry-after: 9\r\n\r\n`));
    const sender = kit.sender();
    for (let i = 0; i < 2; i++) {
      const result = await sendInTime(sender, aRequest(receiver.url));
      assert.equal(result.status, status);
      assert.equal(result.errorClass, null);
      assert.equal(result.retryAfterMs, null);
    }
    assert.equal(receiver.connections.length, 1);
  });
}

for (const status of [300, 304, 400, 404, 410, 418, 429, 500, 503, 599, 999]) {
  faultTest(`a ${status} fails as http_status`, async (kit) => {
    const length = status === 304 ? "" : "content-length: 3\r\n";
    const body = status === 304 ? "" : "why";
    const receiver = await kit.receiver(answering(`HTTP/1.1 ${status} No\r\n${length}\r\n${body}`));
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.status, status);
    assert.equal(result.errorClass, "http_status");
    assert.match(result.errorDetail ?? "", new RegExp(`answered ${status}`));
    assert.equal(Buffer.from(result.responseBody).toString(), body);
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  faultTest(`a ${status} is a failure and its location is never asked`, async (kit) => {
    const inside = await kit.receiver(answering(ok));
    const receiver = await kit.receiver(
      answering(`HTTP/1.1 ${status} Moved\r\nlocation: ${inside.url}\r\ncontent-length: 0\r\n\r\n`),
    );
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.status, status);
    assert.equal(result.errorClass, "http_status");
    assert.match(result.errorDetail ?? "", /redirects are not followed/);
    assert.equal(inside.connections.length, 0);
    assert.equal(kit.clientSockets.length, 1);
  });
}

faultTest("Retry-After is read from failures, as seconds and as a date", async (kit) => {
  const date = new Date(Date.now() + 60_000).toUTCString();
  for (const [text, expectedMs] of [
    ["17", 17_000],
    [date, 60_000],
    ["soon", null],
  ] as const) {
    const receiver = await kit.receiver(
      answering(`HTTP/1.1 503 Busy\r\nRetry-After: ${text}\r\ncontent-length: 0\r\n\r\n`),
    );
    const { retryAfterMs } = await sendInTime(kit.sender(), aRequest(receiver.url));
    if (expectedMs === null) assert.equal(retryAfterMs, null);
    else assert.ok(retryAfterMs !== null && Math.abs(retryAfterMs - expectedMs) <= 2000, String(retryAfterMs));
  }
});

faultTest("interim answers before the one that counts are passed over", async (kit) => {
  const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
  const receiver = await kit.receiver(answering(`${hints}${ok}`));
  const sender = kit.sender();
  for (let i = 0; i < 2; i++) assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
});

faultTest("a receiver that only ever sends interim answers is cut off long before the deadline", async (kit) => {
  const receiver = await kit.receiver(async (connection) => {
    await connection.request();
    const pour = () => {
      while (!connection.socket.destroyed && connection.socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"));
    };
    connection.socket.on("drain", pour);
    pour();
  });
  const result = await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs: 5000 }));
  assert.equal(result.errorClass, "bad_response");
  assert.ok(result.durationMs < 2000);
});

for (const interim of ["100 Continue", "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket"]) {
  faultTest(`an answer that nobody asked for is a bad response: ${interim.slice(0, 23)}`, async (kit) => {
    const receiver = await kit.receiver(answering(`HTTP/1.1 ${interim}\r\n\r\n`));
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, "bad_response");
    assert.equal(result.status, null);
    assert.equal(receiver.connections.length, 1);
  });
}

faultTest("a compressed body is kept as it came", async (kit) => {
  const bomb = gzipSync(Buffer.alloc(5_000_000));
  const head = `HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
  const receiver = await kit.receiver(answering(Buffer.concat([Buffer.from(head), bomb])));
  const result = await sendInTime(kit.sender(), aRequest(receiver.url));
  assert.ok(Buffer.from(result.responseBody).equals(bomb.subarray(0, limits.responseBodyBytes)));
});

for (const [bytes, isCut] of [
  [limits.responseBodyBytes, false],
  [limits.responseBodyBytes + 1, true],
] as const) {
  faultTest(`a body of ${bytes} bytes is ${isCut ? "cut" : "kept whole"}`, async (kit) => {
    const receiver = await kit.receiver(
      answering(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n${"x".repeat(bytes)}`),
    );
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, null);
    assert.equal(result.responseTruncated, isCut);
    assert.equal(result.responseBody.length, limits.responseBodyBytes);
    assert.equal(result.responseBody.buffer.byteLength, limits.responseBodyBytes, "keeps no larger buffer alive");
  });
}

faultTest("a stray second answer is not taken for the answer to the next request", async (kit) => {
  const receiver = await kit.receiver(async (connection) => {
    await connection.request(1);
    if (connection.index > 0) return connection.socket.write(ok);
    connection.socket.write(`${ok}HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n`);
  });
  const sender = kit.sender();
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
  assert.equal(receiver.connections.length, 2);
});

faultTest("a 204 with a body that it may not have does not spoil the next request", async (kit) => {
  const receiver = await kit.receiver(answering("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nHTTP/"));
  const sender = kit.sender();
  for (let i = 0; i < 3; i++) assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 204);
});

faultTest("an answer of HTTP/1.0 that ends with the connection is read to its end", async (kit) => {
  const receiver = await kit.receiver(async (connection) => {
    await connection.request();
    connection.socket.end("HTTP/1.0 200 OK\r\n\r\nall of it");
  });
  const sender = kit.sender();
  for (let i = 0; i < 2; i++) {
    const result = await sendInTime(sender, aRequest(receiver.url));
    assert.equal(Buffer.from(result.responseBody).toString(), "all of it");
    assert.equal(result.responseTruncated, false);
  }
  await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.destroyed)));
});
