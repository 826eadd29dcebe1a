/** The egress proxy: what it is told, and what is made of one that fails. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { parseEgressProxy } from "../../src/platform/egress-proxy.ts";
import {
  answering,
  aRequest,
  eventually,
  faultTest,
  type Kit,
  ok,
  type ReceiverConnection,
  sendInTime,
} from "./receiver-kit.ts";
import { testCertificate, testKey } from "./test-certificate.ts";

const timeoutMs = 300;
const aTlsServer = () => createServer({ key: testKey, cert: testCertificate });
const established = "HTTP/1.1 200 Connection established\r\nvia: a test\r\n\r\n";

/** Joins the connection with the port that its `CONNECT` names, wherever the name leads. */
async function tunnel(connection: ReceiverConnection, credentials: RegExp | null = null): Promise<void> {
  await connection.request();
  const head = connection.received().toString("latin1");
  if (credentials !== null && !credentials.test(head)) {
    connection.socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n");
    return;
  }
  const port = Number(/^CONNECT [^ ]+:(\d+) HTTP/.exec(head)?.[1]);
  const onward = connect(port, "127.0.0.1", () => {
    connection.socket.write(established);
    connection.socket.pipe(onward).pipe(connection.socket);
  });
  onward.on("error", () => connection.socket.destroy());
  connection.socket.on("close", () => onward.destroy());
}

/** A sender whose every name is loopback, and which trusts the test's certificate. */
function throughProxy(kit: Kit, port: number, credentials = "") {
  const proxy = parseEgressProxy(`http://${credentials}127.0.0.1:${port}`);
  assert.ok(proxy);
  // Nothing is allowed: neither the proxy's address nor what it connects to is judged.
  return kit.sender({ proxy, allow: [], ca: testCertificate });
}

faultTest("the proxy hears the name of an https receiver, and nothing of what is sent there", async (kit) => {
  const receiver = await kit.receiver(answering(ok), aTlsServer());
  const proxy = await kit.receiver((connection) => tunnel(connection));
  const sender = throughProxy(kit, proxy.port, "");
  const url = `https://receiver.test:${receiver.port}/hook`;
  const untrusted = await sendInTime(sender, aRequest(url));
  assert.equal(untrusted.errorDetail, "The receiver's certificate is for another host name.");
  // The name is for the proxy to resolve; `localhost` itself is refused by the guard.
  const refused = await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/hook`));
  assert.equal(refused.errorClass, "address_refused");
  assert.equal(proxy.connections.length, 1);
  assert.match(proxy.connections[0]!.received().toString("latin1"), /^CONNECT receiver\.test:\d+ HTTP\/1\.1\r\nhost: /);
  assert.doesNotMatch(proxy.connections[0]!.received().toString("latin1"), /POST|evt_1|authorization/i);
});

faultTest("a tunnel carries one request after the other, with credentials told to the proxy only", async (kit) => {
  const receiver = await kit.receiver(answering(ok), aTlsServer());
  const basic = Buffer.from("user:p@ss word").toString("base64");
  const proxy = await kit.receiver((connection) =>
    tunnel(connection, new RegExp(`\r\nproxy-authorization: Basic ${basic}\r\n`)),
  );
  const egress = parseEgressProxy(`http://user:p%40ss%20word@127.0.0.1:${proxy.port}`);
  const sender = kit.sender({ proxy: egress, ca: testCertificate });
  for (let i = 0; i < 3; i++) {
    const result = await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/hook`));
    assert.equal(result.status, 200, String(result.errorDetail));
  }
  assert.equal(proxy.connections.length, 1);
  assert.equal(receiver.connections.length, 1);
  const received = receiver.connections[0]!.received().toString("latin1");
  assert.match(received, /^POST \/hook HTTP\/1\.1\r\nhost: localhost/);
  assert.doesNotMatch(received, /proxy-authorization/i);
});

faultTest("http is handed to the proxy with its whole URL, on one kept connection", async (kit) => {
  const proxy = await kit.receiver(answering(ok));
  const sender = throughProxy(kit, proxy.port, "user:secret@");
  for (let i = 0; i < 3; i++) {
    assert.equal((await sendInTime(sender, aRequest("http://receiver.test:8080/hook?a=b"))).status, 200);
  }
  assert.equal(proxy.connections.length, 1);
  const basic = Buffer.from("user:secret").toString("base64");
  assert.match(
    proxy.connections[0]!.received().toString("latin1"),
    new RegExp(
      `^POST http://receiver\\.test:8080/hook\\?a=b HTTP/1\\.1\r\nhost: receiver\\.test:8080\r\n` +
        `proxy-authorization: Basic ${basic}\r\n`,
    ),
  );
});

faultTest("literal addresses are refused as without a proxy, and it hears nothing of them", async (kit) => {
  const proxy = await kit.receiver(answering(ok));
  const sender = throughProxy(kit, proxy.port);
  for (const host of ["10.0.0.1", "169.254.169.254", "[::1]", "127.0.0.1:9", "localhost", "a.localhost"]) {
    for (const scheme of ["http", "https"]) {
      const result = await sendInTime(sender, aRequest(`${scheme}://${host}/hook`));
      assert.equal(result.errorClass, "address_refused", host);
    }
  }
  assert.equal(proxy.connections.length, 0);
});

const refusals: [what: string, handle: (connection: ReceiverConnection) => unknown, detail: RegExp][] = [
  [
    "asks for credentials",
    (connection) => tunnel(connection, /never/),
    /^The egress proxy asks for credentials, or for other ones \(407\)\.$/,
  ],
  [
    "refuses",
    answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno"),
    /^The egress proxy did not connect to the receiver: it answered 403\.$/,
  ],
  ["speaks something else", answering("SSH-2.0-OpenSSH_9\r\n\r\n"), /did not answer as one/],
  ["says more than it should", answering(`${established}surplus`), /did not answer as one/],
  ["never ends its answer", answering(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`), /did not answer as one/],
  ["closes", async (connection) => connection.socket.end(), /could not be connected to, or closed/],
  ["resets", (connection) => connection.socket.once("data", () => connection.socket.resetAndDestroy()), /closed the/],
];

for (const [what, handle, detail] of refusals) {
  faultTest(`a proxy that ${what} is a failure of the proxy, not of the receiver`, async (kit) => {
    const proxy = await kit.receiver(handle);
    const result = await sendInTime(throughProxy(kit, proxy.port), aRequest("https://receiver.test/hook"));
    assert.equal(result.errorClass, "proxy");
    assert.match(result.errorDetail ?? "", detail);
    assert.equal(result.status, null);
    await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
  });
}

faultTest("a proxy that asks for credentials where http is sent is a failure of the proxy", async (kit) => {
  const proxy = await kit.receiver(answering("HTTP/1.1 407 Proxy\r\ncontent-length: 0\r\n\r\n"));
  const result = await sendInTime(throughProxy(kit, proxy.port), aRequest("http://receiver.test/hook"));
  assert.deepEqual([result.errorClass, result.status], ["proxy", null]);
});

faultTest("a 407 of a receiver is its answer where there is no proxy, or a tunnel", async (kit) => {
  const answer = "HTTP/1.1 407 Odd\r\ncontent-length: 0\r\n\r\n";
  const plain = await kit.receiver(answering(answer));
  assert.equal((await sendInTime(kit.sender(), aRequest(plain.url))).status, 407);
  const receiver = await kit.receiver(answering(answer), aTlsServer());
  const proxy = await kit.receiver((connection) => tunnel(connection));
  const sender = kit.sender({ proxy: parseEgressProxy(`http://127.0.0.1:${proxy.port}`), ca: testCertificate });
  assert.equal((await sendInTime(sender, aRequest(`https://localhost:${receiver.port}/`))).status, 407);
});

faultTest("a proxy that is not there, or has no address, is a failure of the proxy", async (kit) => {
  for (const proxy of [
    { hostname: "127.0.0.1", port: 1, credentialsLine: "" },
    { hostname: "proxy.test", port: 1, credentialsLine: "" },
  ]) {
    const resolve = () => Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" }));
    const result = await sendInTime(kit.sender({ proxy, resolve }), aRequest("https://receiver.test/hook"));
    assert.equal(result.errorClass, "proxy");
  }
});

faultTest("a proxy that hangs costs the attempt its deadline and no connection", async (kit) => {
  const proxy = await kit.receiver(() => {});
  const sender = throughProxy(kit, proxy.port);
  const result = await sendInTime(sender, aRequest("https://receiver.test/hook", { timeoutMs }));
  assert.equal(result.errorClass, "timeout");
  await eventually(() => assert.ok(kit.clientSockets.every((socket) => socket.closed)));
});
