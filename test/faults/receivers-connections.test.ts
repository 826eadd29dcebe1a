/** How connections are made, shared, lost and given up. */
import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { AddressGuard } from "../../src/platform/address-guard.ts";
import { parseAllowList } from "../../src/platform/allow-list.ts";
import { Connections, connectionLimits } from "../../src/platform/connections.ts";
import type { HttpConnection } from "../../src/platform/http-connection.ts";
import { targetOf } from "../../src/platform/target.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { answering, aRequest, eventually, faultTest, ok, sendInTime } from "./receiver-kit.ts";

const timeoutMs = 300;

faultTest("a port where nobody listens fails as connection_refused", async (kit) => {
  const result = await sendInTime(kit.sender(), aRequest(`http://127.0.0.1:${await freePort()}/`));
  assert.equal(result.errorClass, "connection_refused");
});

faultTest("a name all of whose addresses refuse fails as connection_refused", async (kit) => {
  const sender = kit.sender({ resolve: async () => ["::1", "127.0.0.1"] });
  const result = await sendInTime(sender, aRequest(`http://receiver.test:${await freePort()}/`));
  assert.equal(result.errorClass, "connection_refused");
});

faultTest("the second address of a name is tried when the first refuses", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender({ resolve: async () => ["127.0.0.2", "127.0.0.1"] });
  const result = await sendInTime(sender, aRequest(`http://receiver.test:${receiver.port}/`));
  assert.equal(result.status, 200);
  assert.match(
    receiver.connections[0]!.received().toString(),
    new RegExp(`\\r\\nhost: receiver\\.test:${receiver.port}\\r\\n`),
  );
});

faultTest(
  "a connection that never comes about ends at the deadline and is not left behind",
  async (kit) => {
    // A thread that listens and then sleeps: when its queue of connections is full, the system lets further ones hang.
    const worker = new Worker(
      `const { createServer } = require("node:net");
       const { parentPort } = require("node:worker_threads");
       const server = createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000));
       });`,
      { eval: true },
    );
    const [port] = (await once(worker, "message")) as [number];
    const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    await eventually(() => assert.ok(fillers.filter((socket) => !socket.connecting).length >= 2));
    try {
      const result = await sendInTime(kit.sender(), aRequest(`http://127.0.0.1:${port}/`, { timeoutMs }));
      assert.equal(result.errorClass, "timeout");
      assert.match(result.errorDetail ?? "", /No connection to the receiver could be made/);
      await eventually(() => assert.ok(kit.clientSockets.at(-1)!.closed));
    } finally {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    }
  },
  { skip: process.platform !== "linux" },
);

faultTest("a kept connection that the receiver closed meanwhile is no failure", async (kit) => {
  const receiver = await kit.receiver(async ({ socket, request }) => {
    await request();
    socket.end(ok);
  });
  const sender = kit.sender();
  for (let i = 0; i < 5; i++) {
    assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
    await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
  }
});

for (const how of ["destroy", "resetAndDestroy"] as const) {
  faultTest(`a request lost on a kept connection is sent once more, at once, on a new one (${how})`, async (kit) => {
    const receiver = await kit.receiver(async ({ socket, index, request }) => {
      await request(1);
      socket.write(ok);
      await request(2);
      if (index === 0) socket[how]();
      else socket.write(ok);
    });
    const sender = kit.sender();
    await sendInTime(sender, aRequest(receiver.url));
    const result = await sendInTime(sender, aRequest(receiver.url, { body: Buffer.from("the second") }));
    assert.equal(result.errorClass, null);
    assert.equal(receiver.connections.length, 2);
    for (const connection of receiver.connections)
      assert.match(connection.received().toString(), /\r\n\r\nthe second$/);
  });
}

faultTest("a receiver that dies of every request on a kept connection is sent it twice and no more", async (kit) => {
  const receiver = await kit.receiver(async ({ socket, index, request }) => {
    await request(1);
    if (index > 0) return socket.destroy();
    socket.write(ok);
    await request(2);
    socket.destroy();
  });
  const sender = kit.sender();
  await sendInTime(sender, aRequest(receiver.url));
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).errorClass, "connection_reset");
  assert.equal(receiver.connections.length, 2);
});

faultTest("a kept connection that is closed long after the request came is the receiver's failure", async (kit) => {
  const receiver = await kit.receiver(async ({ socket, request }) => {
    await request(1);
    socket.write(ok);
    await request(2);
    setTimeout(() => socket.destroy(), 1100);
  });
  const sender = kit.sender();
  await sendInTime(sender, aRequest(receiver.url));
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).errorClass, "connection_reset");
  assert.equal(receiver.connections.length, 1);
});

faultTest("nothing is lost to a receiver that keeps closing its connections as they idle", async (kit) => {
  const receiver = await kit.receiver(async ({ socket, request, index }) => {
    for (let number = 1; number <= 3; number++) {
      await request(number);
      socket.write(ok);
    }
    // At every moment from before the answer is read to after the next request is written.
    setTimeout(() => socket.destroy(), index % 4);
  });
  const sender = kit.sender();
  for (let round = 0; round < 100; round++) {
    const results = await Promise.all([1, 2, 3, 4].map(() => sendInTime(sender, aRequest(receiver.url))));
    for (const result of results) assert.equal(result.errorClass, null, result.errorDetail ?? "");
  }
});

faultTest("attempts beyond an origin's connections wait their turn", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender({ limits: { perOrigin: 2 } });
  const results = await Promise.all(Array.from({ length: 20 }, () => sendInTime(sender, aRequest(receiver.url))));
  for (const result of results) assert.equal(result.status, 200);
  assert.equal(receiver.connections.length, 2);
});

faultTest(
  "an attempt that waits in vain says so, and a connection that failed makes room for the next",
  async (kit) => {
    const receiver = await kit.receiver(async ({ socket, index, request }) => {
      await request();
      if (index > 0) socket.write(ok);
    });
    const sender = kit.sender({ limits: { perOrigin: 1 } });
    const hanging = sendInTime(sender, aRequest(receiver.url, { timeoutMs: 600 }));
    const impatient = sendInTime(sender, aRequest(receiver.url, { timeoutMs: 200 }));
    const patient = sendInTime(sender, aRequest(receiver.url, { timeoutMs: 5000 }));
    assert.match((await impatient).errorDetail ?? "", /^No connection to the receiver became free within 200 ms/);
    assert.equal((await hanging).errorClass, "timeout");
    assert.equal((await patient).status, 200);
    assert.equal(receiver.connections.length, 2);
  },
);

faultTest("of more idle connections than are kept, the one that idles longest is closed", async (kit) => {
  const [first, second, third] = [
    await kit.receiver(answering(ok)),
    await kit.receiver(answering(ok)),
    await kit.receiver(answering(ok)),
  ];
  const sender = kit.sender({ limits: { idle: 2 } });
  for (const { url } of [first, second, first, third]) await sendInTime(sender, aRequest(url));
  await eventually(() =>
    assert.deepEqual(
      kit.clientSockets.map((socket) => socket.closed),
      [false, true, false],
    ),
  );
});

faultTest("an origin whose connections have gone costs nothing", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const connections = new Connections({
    guard: new AddressGuard(parseAllowList(["loopback"])),
    resolve: async () => [],
    limits: connectionLimits,
  });
  await new Promise<void>((resolve, reject) => {
    const onConnection = (connection: HttpConnection) => {
      connection.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", new Uint8Array(0), {
        onSent: () => {},
        onAnswer: () => {
          connections.giveBack(connection);
          resolve();
        },
        onLost: reject,
      });
    };
    connections.borrow(targetOf(new URL(receiver.url)).destination, { onConnection });
  });
  assert.equal(connections.originsHeld, 1);
  receiver.connections[0]!.socket.destroy();
  await eventually(() => assert.equal(connections.originsHeld, 0));
  await connections.close();
});

faultTest("an idle connection is closed after its time", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender({ limits: { idleMs: 50 } });
  await sendInTime(sender, aRequest(receiver.url));
  await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
});

faultTest("a receiver that says how soon it closes idle connections is believed", async (kit) => {
  for (const [timeout, connections] of [
    ["timeout=1", 2],
    ["max=5, timeout=60", 1],
    ["timeout=soon", 1],
  ] as const) {
    const receiver = await kit.receiver(
      answering(`HTTP/1.1 200 OK\r\nkeep-alive: ${timeout}\r\ncontent-length: 0\r\n\r\n`),
    );
    const sender = kit.sender();
    for (let i = 0; i < 2; i++) assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
    assert.equal(receiver.connections.length, connections, timeout);
  }
});

faultTest("an answer that comes before the request was read counts, and ends the connection", async (kit) => {
  const receiver = await kit.receiver(({ socket, index }) => {
    if (index === 0) socket.pause().write("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
    else void answering(ok)(receiver.connections[index]!);
  });
  const sender = kit.sender();
  const body = Buffer.alloc(32_000_000);
  assert.equal((await sendInTime(sender, aRequest(receiver.url, { body }))).status, 413);
  await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
});

faultTest("what the system has not taken yet is not overwritten by the next request", async (kit) => {
  const slow = await kit.receiver(({ socket }) => socket.pause());
  const other = await kit.receiver(answering(ok));
  const sender = kit.sender();
  const bodies: Buffer[] = [];
  let last: Promise<unknown> = Promise.resolve();
  // Answered without being read, requests pile up in the system until it takes no more.
  while (kit.clientSockets[0] === undefined || kit.clientSockets[0].writableLength === 0) {
    const body = Buffer.alloc(60_000, bodies.length);
    bodies.push(body);
    last = sendInTime(sender, aRequest(slow.url, { body }));
    await eventually(() => assert.equal(slow.connections.length, 1));
    if (kit.clientSockets[0]!.writableLength > 0) break;
    slow.connections[0]!.socket.write(ok);
    await last;
  }
  await sendInTime(sender, aRequest(other.url, { body: Buffer.alloc(60_000, 255) }));
  slow.connections[0]!.socket.resume();
  await slow.connections[0]!.request(bodies.length);
  slow.connections[0]!.socket.write(ok);
  await last;
  const received = slow.connections[0]!.received();
  let at = 0;
  for (const body of bodies) {
    at = received.indexOf("\r\n\r\n", at) + 4;
    assert.ok(received.subarray(at, at + body.length).equals(body));
    at += body.length;
  }
});

faultTest(
  "ending all attempts at once interrupts those without a status and keeps the status of the others",
  async (kit) => {
    const silent = await kit.receiver(() => {});
    const slow = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    });
    const sender = kit.sender({ limits: { perOrigin: 1 } });
    const attempts = [silent.url, silent.url, slow.url].map((url) => sendInTime(sender, aRequest(url)));
    await eventually(() => assert.ok(kit.clientSockets.some((socket) => socket.bytesRead > 0)));
    await silent.connections[0]!.request();
    sender.abortAll();
    const [inFlight, waiting, answered] = await Promise.all(attempts);
    assert.equal(inFlight!.errorClass, "interrupted");
    assert.equal(waiting!.errorClass, "interrupted");
    assert.equal(answered!.errorClass, null);
    assert.equal(answered!.responseTruncated, true);
  },
);

faultTest("a signal interrupts its own attempt and leaves no listener", async (kit) => {
  const silent = await kit.receiver(() => {});
  const healthy = await kit.receiver(answering(ok));
  const sender = kit.sender();
  const controller = new AbortController();
  const { signal } = controller;
  assert.equal((await sendInTime(sender, aRequest(healthy.url, { signal }))).status, 200);
  assert.equal(getEventListeners(signal, "abort").length, 0);
  const hanging = sendInTime(sender, aRequest(silent.url, { signal }));
  await eventually(() => assert.equal(silent.connections.length, 1));
  controller.abort();
  assert.equal((await hanging).errorClass, "interrupted");
  assert.equal((await sendInTime(sender, aRequest(healthy.url, { signal }))).errorClass, "interrupted");
  await eventually(() => assert.ok(kit.clientSockets[1]!.closed));
});

faultTest("closing waits for attempts in flight and sends nothing new", async (kit) => {
  let answer = () => {};
  const receiver = await kit.receiver(async ({ socket, request }) => {
    await request();
    answer = () => socket.write(ok);
  });
  const sender = kit.sender();
  const inFlight = sendInTime(sender, aRequest(receiver.url));
  await eventually(() => assert.equal(receiver.connections.length, 1));
  await receiver.connections[0]!.request();
  let isClosed = false;
  const closed = sender.close().then(() => {
    isClosed = true;
  });
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).errorClass, "interrupted");
  assert.equal(isClosed, false);
  answer();
  assert.equal((await inFlight).status, 200);
  await closed;
  assert.ok(kit.clientSockets.every((socket) => socket.closed));
  assert.equal(receiver.connections.length, 1);
});

faultTest("a request that cannot be built is a result, and not an exception", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender();
  for (const headers of [["bad name", "x"], ["x", "a\r\nb"], ["odd"], ["transfer-encoding", "chunked"]]) {
    assert.equal((await sendInTime(sender, aRequest(receiver.url, { headers }))).errorClass, "connection_failed");
  }
  for (const url of ["", "nonsense", "ftp://example.com/", "http://", "http://[::1"]) {
    assert.equal((await sendInTime(sender, aRequest(url))).errorClass, "connection_failed");
  }
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
});
