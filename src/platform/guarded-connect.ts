/**
 * Makes connections that the address guard has agreed to. A literal address is judged before connecting (a `lookup` is
 * never called for one), a name by every address that it resolves to, and the connected socket by where it really went,
 * before the first byte is written, the TLS handshake included.
 */
import { connect as connectTcp, isIP, type LookupFunction, type OnReadOpts, type Socket } from "node:net";
import type { AddressGuard } from "./address-guard.ts";
import type { Destination } from "./target.ts";
import type { TlsConnector } from "./tls-connect.ts";

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
  readonly tls: TlsConnector;
}

/** Told once. */
export interface ConnectListener {
  /** It may be written to. */
  onSocket(socket: Socket): void;
  onFailure(failure: ConnectFailure): void;
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

  /** Where the destination speaks no TLS, what it sends is read with `onread`. */
  connect(destination: Destination, onread: OnReadOpts, listener: ConnectListener): Connecting {
    const { hostname, port, isTls } = destination;
    const refusal = isIP(hostname) === 0 ? null : this.#parts.guard.refusal(hostname);
    if (refusal !== null) {
      queueMicrotask(() => listener.onFailure(new ConnectFailure("address", refusal)));
      return { abandon: () => {} };
    }
    let phase: ConnectPhase = "dns";
    let done = false;
    const fail = (error: unknown) => {
      if (done) return;
      done = true;
      listener.onFailure(error instanceof ConnectFailure ? error : new ConnectFailure(phase, error));
    };
    const succeed = (socket: Socket) => {
      if (done) return;
      done = true;
      listener.onSocket(socket);
    };
    const tcp = connectTcp({
      host: hostname,
      port,
      lookup: this.#lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeAfterMs,
      ...(isTls ? {} : { onread }),
    });
    let current: Socket = tcp;
    tcp.on("error", fail);
    tcp.on("close", () => fail(new Error("closed while connecting")));
    tcp.once("connectionAttempt", () => {
      phase = "tcp";
    });
    tcp.once("connect", () => {
      const arrival = tcp.remoteAddress === undefined ? null : this.#parts.guard.refusal(tcp.remoteAddress);
      if (arrival !== null) tcp.destroy(new ConnectFailure("address", arrival));
      else if (!isTls) succeed(tcp);
      else {
        phase = "tls";
        current = this.#parts.tls.connect(destination, tcp);
        current.once("secureConnect", () => succeed(current));
        current.on("error", fail);
        current.on("close", () => fail(new Error("closed in the TLS handshake")));
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
