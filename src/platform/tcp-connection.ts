/** A plain connection for a client that speaks a protocol of its own: whoever made it can end it at once. */
import { connect, Socket } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

export type TcpAddress = { readonly host: string; readonly port: number } | { readonly path: string };
export type TcpConnection = Socket;

/** Answers before it is connected; failing is an `error` event. */
export function connectTcp(address: TcpAddress): TcpConnection {
  const socket = connect(address);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  return socket;
}

/** One that fails, as soon as whoever asked for it can hear of it. */
export function refusedConnection(): TcpConnection {
  const socket = new Socket();
  setImmediate(() => socket.destroy(Object.assign(new Error("the connection has ended"), { code: "ECONNABORTED" })));
  return socket;
}

/**
 * Settings of TLS over such a connection, for a client that does not say who is to be at its other end: Node would then
 * take a certificate for `localhost`, wherever it is. `ca` null: those whom Node trusts.
 */
export const verifiedTls = (host: string, ca: string | null) => ({
  rejectUnauthorized: true,
  checkServerIdentity: (_name: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate),
  ...(ca === null ? {} : { ca }),
});
