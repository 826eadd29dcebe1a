/** Certificates of an endpoint's own, from the request that sets them to the receiver that sees them. */
import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { it, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { eventually } from "../../src/testing/eventually.ts";
import {
  authority,
  expiredClient,
  otherAuthority,
  otherClient,
  signedClient,
  signedReceiver,
} from "../faults/test-certificate.ts";
import { aServer } from "./a-server.ts";

/** Demands a certificate, and notes whose it got. */
async function aStrictReceiver(context: TestContext) {
  const clients: string[] = [];
  const sockets: Duplex[] = [];
  const tls = { key: signedReceiver.key, cert: signedReceiver.certificate, ca: authority, requestCert: true };
  const server = createServer(tls, (request, response) => {
    clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN));
    request.resume().on("end", () => response.end("thanks"));
  });
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/`, clients, sockets };
}

it("an endpoint's certificate is shown, its authority trusted, and a change is that of the next attempt", async (context) => {
  const { ask } = await aServer(context);
  const { url, clients } = await aStrictReceiver(context);
  const made = await ask("POST /v1/endpoints", { body: { url, tls: { ...signedClient, ca: authority } } });
  assert.equal(made.status, 201, made.text);
  const test = async () => (await ask(`POST /v1/endpoints/${made.body.id}/test`)).body;
  assert.deepEqual([(await test()).delivered, (await test()).response_body], [true, "thanks"]);
  const change = async (tls: object | null) => {
    const changed = await ask(`PATCH /v1/endpoints/${made.body.id}`, { body: { tls } });
    assert.equal(changed.status, 200, changed.text);
    return test();
  };
  assert.equal((await change({ ...otherClient, ca: authority })).delivered, true);
  assert.deepEqual([...new Set(clients)], ["trotline test client", "trotline test client2"]);
  assert.equal((await change({ ...signedClient, ca: otherAuthority })).error_class, "tls");
  assert.equal((await change({ ca: authority })).delivered, false);
  assert.equal((await change(null)).error_class, "tls");
});

it("connections made with certificates that were replaced are closed, long before they would have idled", async (context) => {
  const { ask } = await aServer(context);
  const { url, sockets } = await aStrictReceiver(context);
  const { id } = (await ask("POST /v1/endpoints", { body: { url, tls: { ...signedClient, ca: authority } } })).body;
  await ask(`POST /v1/endpoints/${id}/test`);
  await ask(`PATCH /v1/endpoints/${id}`, { body: { description: "x" } });
  await ask(`POST /v1/endpoints/${id}/test`);
  assert.equal(sockets.length, 1, "a change of something else leaves them as they are");
  await ask(`PATCH /v1/endpoints/${id}`, { body: { tls: null } });
  await eventually("the connection is closed", () => sockets[0]?.closed, 5000);
});

it("the key is shown nowhere, and the certificate with its end", async (context) => {
  const { ask } = await aServer(context);
  const body = { url: "https://example.com", tls: { ...signedClient, ca: authority } };
  const made = await ask("POST /v1/endpoints", { body });
  const read = await ask(`GET /v1/endpoints/${made.body.id}`);
  for (const { body: shown, text } of [
    made,
    read,
    await ask("GET /v1/endpoints").then(({ text, body }) => ({ text, body: body.data[0] })),
  ]) {
    assert.deepEqual(shown.tls, {
      certificate: signedClient.certificate,
      certificate_expires_at: "2120-01-01T00:00:00.000Z",
      ca: authority,
    });
    assert.doesNotMatch(text, /PRIVATE/);
  }
});

const encrypted =
  "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkqhkiG9w0BBQ0w\n-----END ENCRYPTED PRIVATE KEY-----\n";

const refused: [what: string, tls: object, field: string, detail: RegExp][] = [
  ["nothing", {}, "/tls", /is empty/],
  ["a certificate without its key", { certificate: signedClient.certificate }, "/tls/key", /is missing/],
  ["a key without its certificate", { key: signedClient.key }, "/tls/certificate", /is missing/],
  [
    "the key of another certificate",
    { certificate: signedClient.certificate, key: otherClient.key },
    "/tls/key",
    /does not belong to `certificate`/,
  ],
  ["a certificate that has expired", expiredClient, "/tls/certificate", /expired at 2021-01-01T00:00:00\.000Z/],
  ["a key that is none", { ...signedClient, key: "-----BEGIN x" }, "/tls/key", /is not a private key in PEM/],
  ["a key with a passphrase", { ...signedClient, key: encrypted }, "/tls/key", /is encrypted/],
  [
    "a certificate that is none",
    { ...signedClient, certificate: "hello" },
    "/tls/certificate",
    /no certificate in PEM/,
  ],
  [
    "a certificate that is broken",
    { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
    "/tls/ca",
    /cannot be read/,
  ],
  [
    "a certificate with its private key in one text",
    { ...signedClient, certificate: signedClient.certificate + signedClient.key },
    "/tls/certificate",
    /has a private key in it/,
  ],
  [
    "an authority with its private key in one text",
    { ca: signedClient.key + authority },
    "/tls/ca",
    /has a private key/,
  ],
  ["an authority that has expired", { ca: expiredClient.certificate }, "/tls/ca", /expired/],
];

for (const [what, tls, field, detail] of refused) {
  it(`${what} is refused as tls-invalid, and nothing of it repeated`, async (context) => {
    const { ask } = await aServer(context);
    const { body, text } = await ask("POST /v1/endpoints", { body: { url: "https://example.com", tls } });
    assert.deepEqual([body.code, body.field], ["tls-invalid", field], text);
    assert.match(body.detail, detail);
    assert.doesNotMatch(text, /BEGIN|MI[A-Z]/);
    assert.deepEqual((await ask("GET /v1/endpoints")).body.data, []);
  });
}
