import assert from "node:assert/strict";
import { Socket } from "node:net";
import { it } from "node:test";
import { rootCertificates } from "node:tls";
import { ownContextsMax, TlsConnector } from "./tls-connect.ts";

it("however many endpoints have certificates of their own, few contexts are kept, those that were used last", () => {
  const connector = new TlsConnector({ ca: undefined, sessionsMax: 10 });
  const connect = (tls: { certificate: null; key: null; ca: string }): void => {
    const destination = { key: "k", tls, isForwarded: false, isTls: true, hostname: "a", port: 443 };
    const socket = connector.connect(destination, new Socket());
    socket.on("error", () => {});
    socket.destroy();
  };
  const settings = Array.from({ length: ownContextsMax + 50 }, () => ({
    certificate: null,
    key: null,
    ca: rootCertificates[0] as string,
  }));
  for (const tls of settings) connect(tls);
  assert.equal(connector.ownContextsHeld, ownContextsMax);
  for (const tls of settings.slice(-ownContextsMax)) connect(tls);
  assert.equal(connector.ownContextsHeld, ownContextsMax);
});
