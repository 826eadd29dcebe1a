/** TLS settings of an endpoint's own: what it shows, what it trusts, and that nobody else gets its connections. */
import assert from "node:assert/strict";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { TlsSettings } from "../../src/core/endpoint-reach.ts";
import { answering, aRequest, eventually, faultTest, type Kit, ok, sendInTime } from "./receiver-kit.ts";
import {
  authority,
  expiredClient,
  otherAuthority,
  otherClient,
  signedClient,
  signedReceiver,
} from "./test-certificate.ts";

const resolve = async () => ["127.0.0.1"];

const tlsOf = (members: Partial<TlsSettings> = {}): TlsSettings => ({
  certificate: null,
  key: null,
  ca: authority,
  ...members,
});

/** A receiver that notes who comes: the serial number of each connection's certificate. */
async function aReceiver(kit: Kit, options: TlsOptions = {}) {
  const server = createServer({ key: signedReceiver.key, cert: signedReceiver.certificate, ...options });
  const clients: string[] = [];
  const reused: boolean[] = [];
  server.on("secureConnection", (socket: TLSSocket) => {
    clients.push(String(socket.getPeerCertificate().subject?.CN ?? "nobody"));
    reused.push(socket.isSessionReused());
  });
  const receiver = await kit.receiver(answering(ok), server);
  return { url: `https://localhost:${receiver.port}/hook`, receiver, clients, reused };
}

const demanding: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: authority };

faultTest("a receiver that only the endpoint's own authority vouches for is reached with it", async (kit) => {
  const { url } = await aReceiver(kit);
  const sender = kit.sender({ resolve });
  assert.equal((await sendInTime(sender, aRequest(url, { tls: tlsOf() }))).status, 200);
  const untrusted = await sendInTime(sender, aRequest(url));
  assert.equal(untrusted.errorClass, "tls");
  assert.equal(untrusted.status, null);
});

faultTest("another authority does not vouch for it, before a byte of the request is sent", async (kit) => {
  const { url, receiver } = await aReceiver(kit);
  const result = await sendInTime(kit.sender({ resolve }), aRequest(url, { tls: tlsOf({ ca: otherAuthority }) }));
  assert.equal(result.errorClass, "tls");
  assert.match(result.errorDetail ?? "", /not trusted|intermediate/);
  for (const connection of receiver.connections) assert.equal(connection.received().length, 0);
});

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  faultTest(`a receiver that demands a certificate gets the endpoint's by ${maxVersion}`, async (kit) => {
    const { url, clients } = await aReceiver(kit, { ...demanding, maxVersion });
    const result = await sendInTime(kit.sender({ resolve }), aRequest(url, { tls: tlsOf(signedClient) }));
    assert.equal(result.status, 200, String(result.errorDetail));
    assert.deepEqual(clients, ["trotline test client"]);
  });

  faultTest(`without one, or with one that has expired, it refuses by ${maxVersion}`, async (kit) => {
    const { url } = await aReceiver(kit, { ...demanding, maxVersion });
    const sender = kit.sender({ resolve });
    for (const tls of [tlsOf(), tlsOf(expiredClient)]) {
      const result = await sendInTime(sender, aRequest(url, { tls }));
      assert.equal(result.status, null);
      // A receiver that closes before its alert was read has only reset the connection.
      assert.ok(["tls", "connection_reset"].includes(result.errorClass ?? ""), String(result.errorDetail));
    }
  });
}

faultTest("connections and sessions are shared by nobody with other TLS settings", async (kit) => {
  const { url, clients, reused } = await aReceiver(kit, { ...demanding, rejectUnauthorized: false });
  const sender = kit.sender({ resolve, ca: authority, limits: { idleMs: 200 } });
  const first = tlsOf(signedClient);
  const second = tlsOf(otherClient);
  const all = ["trotline test client", "trotline test client2", "nobody"];
  const sendAll = async (): Promise<void> => {
    for (const tls of [first, second, undefined]) {
      assert.equal((await sendInTime(sender, aRequest(url, tls && { tls }))).status, 200);
    }
  };
  await sendAll();
  assert.deepEqual(clients, all);
  assert.deepEqual(reused, [false, false, false]);
  await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
  await sendAll();
  assert.deepEqual(clients, [...all, ...all]);
  assert.deepEqual(reused, [false, false, false, true, true, true]);
});

faultTest("settings that are retired lose their idle connections at once", async (kit) => {
  const { url, clients } = await aReceiver(kit, demanding);
  const sender = kit.sender({ resolve });
  const old = tlsOf(signedClient);
  assert.equal((await sendInTime(sender, aRequest(url, { tls: old }))).status, 200);
  sender.retireTls(old);
  await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
  assert.equal((await sendInTime(sender, aRequest(url, { tls: tlsOf(otherClient) }))).status, 200);
  assert.deepEqual(clients, ["trotline test client", "trotline test client2"]);
});

faultTest("a connection that is in use when its settings are retired ends with its request", async (kit) => {
  const server = createServer({ key: signedReceiver.key, cert: signedReceiver.certificate });
  let answer = (): void => {};
  const receiver = await kit.receiver(async (connection) => {
    await connection.request();
    answer = () => connection.socket.write(ok);
  }, server);
  const sender = kit.sender({ resolve });
  const tls = tlsOf();
  const attempt = sendInTime(sender, aRequest(`https://localhost:${receiver.port}/`, { tls }));
  await eventually(() => assert.ok((receiver.connections[0]?.received().length ?? 0) > 0));
  sender.retireTls(tls);
  answer();
  assert.equal((await attempt).status, 200);
  await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
});

faultTest("material that cannot be used fails the attempt as tls", async (kit) => {
  const { url } = await aReceiver(kit);
  const tls = tlsOf({ certificate: signedClient.certificate, key: otherClient.key });
  const result = await sendInTime(kit.sender({ resolve }), aRequest(url, { tls }));
  assert.equal(result.errorClass, "tls");
});
