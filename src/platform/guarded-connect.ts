/**
 * Makes connections that the address guard has agreed to. A literal address is judged before connecting (a `lookup` is
 * never called for one), a name by every address that it resolves to, and the connected socket by where it really went,
 * before the first byte is written, the TLS handshake included.
 */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import type { buildConnector } from "undici";
import type { AddressGuard } from "./address-guard.ts";

/** The addresses of a host name; rejects with an error of `node:dns` where there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export type ConnectPhase = "address" | "dns" | "tcp" | "tls";

/** Why there is no connection, and how far it came. */
export class ConnectFailure extends Error {
  readonly phase: ConnectPhase;

  constructor(phase: ConnectPhase, cause: unknown) {
    super(`no connection: ${phase}`, { cause });
    this.phase = phase;
  }
}

export interface Connecting {
  /** Gives up a connection that is still being made. */
  abandon(): void;
}

export interface ConnectorParts {
  readonly guard: Pick<AddressGuard, "refusal">;
  readonly resolve: Resolve;
  /** undici's own connector, given connected sockets: it keeps TLS sessions for the next connection. */
  readonly connectTls: buildConnector.connector;
}

/**
 * Of several addresses of a name, the next is tried after this. Node's own 250 or 500 ms give up on a receiver on the
 * other side of the world that has a second address which leads nowhere.
 */
const nextAddressAfterMs = 2500;

/** TCP keep-alive probes find a peer that vanished while a connection idles. */
const keepAliveProbeAfterMs = 30_000;

export class GuardedConnector {
  readonly #parts: ConnectorParts;

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
  }

  /** Calls back once, with a `ConnectFailure` or a socket that may be written to. */
  connect(options: buildConnector.Options, callback: buildConnector.Callback): Connecting {
    const host = options.hostname;
    const isTls = options.protocol === "https:";
    const refusal = isIP(host) === 0 ? null : this.#parts.guard.refusal(host);
    if (refusal !== null) {
      queueMicrotask(() => callback(new ConnectFailure("address", refusal), null));
      return { abandon: () => {} };
    }
    let phase: ConnectPhase = "dns";
    let done = false;
    const finish = (error: unknown, socket: Socket | null) => {
      if (done) return;
      done = true;
      if (socket !== null) callback(null, socket);
      else callback(error instanceof ConnectFailure ? error : new ConnectFailure(phase, error), null);
    };
    const tcp = connectTcp({
      host,
      port: Number(options.port) || (isTls ? 443 : 80),
      lookup: this.#lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeAfterMs,
    });
    let current: Socket = tcp;
    tcp.on("error", (error) => finish(error, null));
    tcp.on("close", () => finish(new Error("closed while connecting"), null));
    tcp.once("connectionAttempt", () => {
      phase = "tcp";
    });
    tcp.once("connect", () => {
      const arrival = tcp.remoteAddress === undefined ? null : this.#parts.guard.refusal(tcp.remoteAddress);
      if (arrival !== null) tcp.destroy(new ConnectFailure("address", arrival));
      else if (!isTls) finish(null, tcp);
      else {
        phase = "tls";
        current = this.#parts.connectTls({ ...options, httpSocket: tcp }, (error, socket) =>
          finish(error, error === null ? socket : null),
        ) as unknown as Socket;
        current.on("close", () => finish(new Error("closed in the TLS handshake"), null));
      }
    });
    return { abandon: () => current.destroy() };
  }

  /**
   * One refused address refuses the name: a name that answers with public and internal addresses at once is either
   * misconfigured or built to slip past, and connecting to what is left would make the outcome a matter of luck.
   */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    const { guard, resolve } = this.#parts;
    resolve(hostname).then(
      (addresses) => {
        const refusal = addresses.map((address) => guard.refusal(address)).find((reason) => reason !== null);
        if (refusal !== undefined) return callback(new ConnectFailure("address", refusal), "");
        const first = addresses[0];
        if (first === undefined) return callback(new ConnectFailure("dns", "the name has no address"), "");
        if (options.all !== true) return callback(null, first, isIP(first));
        callback(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        );
      },
      (error) => callback(new ConnectFailure("dns", error), ""),
    );
  };
}
