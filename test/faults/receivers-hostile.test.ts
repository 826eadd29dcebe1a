/** Receivers that hang, drip, flood, lie and vanish: each costs an attempt, at most its deadline, and no connection. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { limits } from "../../src/core/limits.ts";
import { answering, aRequest, eventually, faultTest, ok, sendInTime } from "./receiver-kit.ts";

const timeoutMs = 300;

/** Writes again and again, as fast as the other side takes it. */
function flood(socket: Socket, text: string): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", pour);
  pour();
}

/** Writes one byte every few milliseconds, then begins anew. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(text.charAt(at++ % text.length));
  }, 5);
}

faultTest("a receiver that never answers fails as a timeout", async (kit) => {
  const receiver = await kit.receiver(() => {});
  const result = await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs }));
  assert.equal(result.errorClass, "timeout");
  assert.equal(result.errorDetail, `The receiver did not answer within ${timeoutMs} ms.`);
  assert.ok(result.durationMs >= timeoutMs - 5);
  await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
});

faultTest("headers that drip do not put off the deadline", async (kit) => {
  const receiver = await kit.receiver(({ socket }) => drip(socket, `HTTP/1.1 200 OK\r\nx-slow: ${"a".repeat(10_000)}`));
  const result = await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs }));
  assert.equal(result.errorClass, "timeout");
  assert.equal(result.status, null);
});

faultTest("a status line whose reason never ends fails as a timeout", async (kit) => {
  const receiver = await kit.receiver(({ socket }) => {
    socket.write("HTTP/1.1 200 ");
    drip(socket, "reason ");
  });
  assert.equal((await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs }))).errorClass, "timeout");
});

for (const [status, errorClass] of [
  [200, null],
  [500, "http_status"],
] as const) {
  faultTest(`a body that drips after a ${status} is shown as far as it came; the status stands`, async (kit) => {
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.write(`HTTP/1.1 ${status} Slow\r\ncontent-length: 5000\r\n\r\n`);
      drip(socket, "drip");
    });
    const result = await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs }));
    assert.equal(result.status, status);
    assert.equal(result.errorClass, errorClass);
    assert.equal(result.responseTruncated, true);
    assert.match(Buffer.from(result.responseBody).toString(), /^drip/);
    await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
  });
}

for (const framing of ["content-length: 99999999999", "transfer-encoding: chunked", "connection: close"]) {
  faultTest(`an endless body is cut and the connection ended at once (${framing})`, async (kit) => {
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
      flood(socket, framing.includes("chunked") ? `400\r\n${"x".repeat(0x400)}\r\n` : "x".repeat(0x400));
    });
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, null);
    assert.equal(result.responseTruncated, true);
    assert.equal(Buffer.from(result.responseBody).toString(), "x".repeat(limits.responseBodyBytes));
    assert.ok(result.durationMs < 2000);
    await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
  });
}

const endings: Readonly<Record<string, (socket: Socket) => void>> = {
  reset: (socket) => socket.resetAndDestroy(),
  close: (socket) => socket.end(),
};

for (const [how, end] of Object.entries(endings)) {
  faultTest(`a ${how} without an answer fails as connection_reset, after one try`, async (kit) => {
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      end(socket);
    });
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, "connection_reset");
    assert.equal(receiver.connections.length, 1);
  });

  faultTest(`a ${how} before the request is read fails as connection_reset`, async (kit) => {
    const receiver = await kit.receiver(({ socket }) => end(socket));
    const result = await sendInTime(kit.sender(), aRequest(receiver.url, { body: Buffer.alloc(1_000_000) }));
    assert.equal(result.errorClass, "connection_reset");
  });

  faultTest(`a ${how} within the headers of an answer fails as connection_reset`, async (kit) => {
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.write("HTTP/1.1 200 OK\r\ncontent-le", () => end(socket));
    });
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, "connection_reset");
    assert.equal(result.status, null);
  });

  faultTest(`a ${how} within the body leaves the status that had come`, async (kit) => {
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
      // The first part must have arrived: a reset also throws away what the other side has not read.
      await eventually(() => assert.ok(kit.clientSockets.every((client) => client.bytesRead > 0)));
      end(socket);
    });
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.status, 200);
    assert.equal(result.errorClass, null);
    assert.equal(result.responseTruncated, true);
    assert.equal(Buffer.from(result.responseBody).toString(), "half");
  });
}

const nonsense: Readonly<Record<string, string>> = {
  "a greeting of SMTP": "220 mail.example.com ESMTP\r\n",
  "a banner of SSH": "SSH-2.0-OpenSSH_9.6\r\n",
  "an alert of TLS": "\x15\x03\x01\x00\x02\x02\x0a",
  zeros: "\0".repeat(100),
  "a request": "POST / HTTP/1.1\r\nhost: x\r\n\r\n",
  "another version": "HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n",
  "a status of letters": "HTTP/1.1 abc OK\r\n\r\n",
  "a header without a name": "HTTP/1.1 200 OK\r\n: value\r\n\r\n",
  "a header with a zero byte": "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
  "two content lengths": "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
  "a negative content length": "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nxx",
  "a content length that overflows": "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nxx",
};

for (const [what, text] of Object.entries(nonsense)) {
  faultTest(`${what} in place of an answer fails as bad_response`, async (kit) => {
    const receiver = await kit.receiver(answering(Buffer.from(text, "latin1")));
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, "bad_response");
    assert.equal(result.status, null);
    assert.ok(result.durationMs < 2000);
    await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
  });
}

faultTest("headers without end fail as bad_response, whether one is huge or they are many", async (kit) => {
  for (const text of ["a".repeat(1000), "x-many: y\r\n"]) {
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.write("HTTP/1.1 200 OK\r\nx-huge: ");
      flood(socket, text);
    });
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.errorClass, "bad_response");
    assert.equal(result.errorDetail, "The headers of the answer are too large.");
    assert.ok(result.durationMs < 2000);
  }
});

const brokenBodies: Readonly<Record<string, string>> = {
  "a chunk size of letters": "transfer-encoding: chunked\r\n\r\nzz\r\nwhat\r\n",
  "a chunk longer than it says": "transfer-encoding: chunked\r\n\r\n2\r\nlonger\r\n0\r\n\r\n",
  "a chunk size that overflows": "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
  "a negative chunk size": "transfer-encoding: chunked\r\n\r\n-1\r\nx",
};

for (const [what, text] of Object.entries(brokenBodies)) {
  faultTest(`${what} leaves the status that had come, and ends the connection`, async (kit) => {
    const receiver = await kit.receiver(answering(`HTTP/1.1 200 OK\r\n${text}`));
    const result = await sendInTime(kit.sender(), aRequest(receiver.url));
    assert.equal(result.status, 200);
    assert.equal(result.errorClass, null);
    assert.equal(result.responseTruncated, true);
    await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
  });
}

faultTest("a body longer than its content length does not spoil the next request", async (kit) => {
  const receiver = await kit.receiver(answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and much more"));
  const sender = kit.sender();
  for (let i = 0; i < 3; i++) {
    const result = await sendInTime(sender, aRequest(receiver.url));
    assert.equal(result.status, 200);
    assert.equal(Buffer.from(result.responseBody).toString(), "ok");
  }
});

faultTest("a body shorter than its content length ends at the deadline with its status", async (kit) => {
  const receiver = await kit.receiver(answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"));
  const result = await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs }));
  assert.equal(result.errorClass, null);
  assert.equal(result.responseTruncated, true);
  assert.equal(Buffer.from(result.responseBody).toString(), "short");
});

faultTest("a receiver that accepts and never reads fails as a timeout, however much there is to write", async (kit) => {
  const receiver = await kit.receiver(({ socket }) => socket.pause());
  const result = await sendInTime(kit.sender(), aRequest(receiver.url, { timeoutMs, body: Buffer.alloc(32_000_000) }));
  assert.equal(result.errorClass, "timeout");
  await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
});

faultTest(
  "a receiver that vanishes while its connection idles costs the next attempt its deadline, and no more",
  async (kit) => {
    const receiver = await kit.receiver(async ({ socket, index, request }) => {
      await request();
      socket.write(ok);
      // No FIN and no RST: from now on nobody is there, as when a machine loses its power.
      if (index === 0) socket.pause();
      else await request(2);
    });
    const sender = kit.sender();
    assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
    assert.equal((await sendInTime(sender, aRequest(receiver.url, { timeoutMs }))).errorClass, "timeout");
    assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
    assert.equal(receiver.connections.length, 2);
  },
);

faultTest("a hostile receiver does not hold up another", async (kit) => {
  const hostile = await kit.receiver(() => {});
  const healthy = await kit.receiver(answering(ok));
  const sender = kit.sender();
  const hanging = Array.from({ length: 100 }, () => sendInTime(sender, aRequest(hostile.url, { timeoutMs: 1000 })));
  for (let i = 0; i < 20; i++) {
    const result = await sendInTime(sender, aRequest(healthy.url));
    assert.equal(result.status, 200);
  }
  for (const result of await Promise.all(hanging)) assert.equal(result.errorClass, "timeout");
});
