/** TLS: what is checked, when, and what its failures are called. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type TlsOptions } from "node:tls";
import { answering, aRequest, eventually, faultTest, ok, sendInTime } from "./receiver-kit.ts";
import { testCertificate, testKey } from "./test-certificate.ts";

const timeoutMs = 300;
const aTlsServer = (options: TlsOptions = {}) => createServer({ key: testKey, cert: testCertificate, ...options });
const toLoopback = { resolve: async () => ["127.0.0.1"], ca: testCertificate };

faultTest("a trusted receiver gets exactly the bytes that were given, on one kept connection", async (kit) => {
  const receiver = await kit.receiver(answering(ok), aTlsServer());
  const sender = kit.sender(toLoopback);
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
  for (let i = 0; i < 3; i++) {
    const result = await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/hook`, { body }));
    assert.equal(result.errorDetail, null);
    assert.equal(result.status, 200);
  }
  assert.equal(receiver.connections.length, 1);
  const received = receiver.connections[0]!.received();
  assert.ok(received.subarray(received.length - body.length).equals(body));
});

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  faultTest(`a second connection by ${maxVersion} resumes the session of the first`, async (kit) => {
    const reused: boolean[] = [];
    const server = aTlsServer({ maxVersion });
    server.on("secureConnection", (socket) => reused.push(socket.isSessionReused()));
    const receiver = await kit.receiver(answering(ok), server);
    const sender = kit.sender({ ...toLoopback, limits: { idleMs: 20 } });
    for (let i = 0; i < 2; i++) {
      const result = await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/hook`));
      assert.equal(result.status, 200);
      await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
    }
    assert.deepEqual(reused, [false, true]);
  });
}

faultTest("a self-signed certificate fails as tls, before a byte of the request is sent", async (kit) => {
  const server = aTlsServer();
  const receiver = await kit.receiver(answering(ok), server);
  const sender = kit.sender({ resolve: async () => ["127.0.0.1"] });
  const result = await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/hook`));
  assert.equal(result.errorClass, "tls");
  assert.equal(result.errorDetail, "The receiver's certificate is self-signed.");
  for (const connection of receiver.connections) assert.equal(connection.received().length, 0);
});

faultTest("a certificate for another name fails as tls, also where its session is known", async (kit) => {
  const receiver = await kit.receiver(answering(ok), aTlsServer());
  const sender = kit.sender({ ...toLoopback, limits: { idleMs: 20 } });
  assert.equal((await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/hook`))).status, 200);
  for (const host of ["other.test", "127.0.0.1"]) {
    const result = await sendInTime(sender, aRequest(`https://${host}:${receiver.port}/hook`));
    assert.equal(result.errorClass, "tls");
    assert.equal(result.errorDetail, "The receiver's certificate is for another host name.");
  }
});

faultTest("no version of TLS before 1.2 is spoken", async (kit) => {
  const server = aTlsServer({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
  const receiver = await kit.receiver(answering(ok), server);
  const result = await sendInTime(kit.sender(toLoopback), aRequest(`https://localhost:${receiver.port}/hook`));
  assert.equal(result.errorClass, "tls");
});

faultTest("HTTP/1.1 is spoken to a receiver that would like HTTP/2", async (kit) => {
  const server = aTlsServer({ ALPNProtocols: ["h2", "http/1.1"] });
  const receiver = await kit.receiver(answering(ok), server);
  const result = await sendInTime(kit.sender(toLoopback), aRequest(`https://localhost:${receiver.port}/hook`));
  assert.equal(result.status, 200);
});

faultTest("https to a port that speaks plain HTTP fails as tls", async (kit) => {
  const receiver = await kit.receiver(({ socket }) => {
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"));
  });
  const result = await sendInTime(kit.sender(toLoopback), aRequest(`https://localhost:${receiver.port}/`));
  assert.equal(result.errorClass, "tls");
  assert.doesNotMatch(receiver.connections[0]!.received().toString("latin1"), /POST/);
});

faultTest("plain HTTP to a port that speaks TLS fails, and not as delivered", async (kit) => {
  const receiver = await kit.receiver(answering(ok), aTlsServer());
  const result = await sendInTime(kit.sender(), aRequest(receiver.url));
  assert.ok(
    result.errorClass === "bad_response" || result.errorClass === "connection_reset",
    String(result.errorClass),
  );
});

faultTest("a handshake that never goes on ends at the deadline", async (kit) => {
  const receiver = await kit.receiver(() => {});
  const result = await sendInTime(
    kit.sender(toLoopback),
    aRequest(`https://localhost:${receiver.port}/`, { timeoutMs }),
  );
  assert.equal(result.errorClass, "timeout");
  await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
});

faultTest("a handshake that is cut off fails as tls", async (kit) => {
  for (const how of ["end", "resetAndDestroy"] as const) {
    const receiver = await kit.receiver(({ socket }) => socket.once("data", () => socket[how]()));
    const result = await sendInTime(kit.sender(toLoopback), aRequest(`https://localhost:${receiver.port}/`));
    assert.equal(result.errorClass, "tls");
    assert.equal(result.errorDetail, "The receiver closed the connection in the TLS handshake.");
  }
});

faultTest("an attempt that is interrupted within the handshake leaves nothing behind", async (kit) => {
  const receiver = await kit.receiver(() => {});
  const sender = kit.sender(toLoopback);
  const attempt = sendInTime(sender, aRequest(`https://localhost:${receiver.port}/`));
  await eventually(() => assert.ok((receiver.connections[0]?.received().length ?? 0) > 0));
  const [connection] = receiver.connections;
  const closed = once(connection!.socket, "close");
  sender.abortAll();
  assert.equal((await attempt).errorClass, "interrupted");
  await closed;
});
