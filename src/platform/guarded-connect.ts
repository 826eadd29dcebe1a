/**
 * Makes connections that the address guard has agreed to. A literal address is judged before connecting (a `lookup` is
 * never called for one), a name by every address that it resolves to, and the connected socket by where it really went,
 * before the first byte is written, the TLS handshake included. Where an egress proxy makes the connections, only
 * literal addresses are judged here: what a name stands for is then the proxy's to find out, and to refuse.
 */
import { connect as connectTcp, isIP, type LookupFunction, type OnReadOpts, type Socket } from "node:net";
import type { AddressGuard } from "./address-guard.ts";
import { type EgressProxy, openTunnel } from "./egress-proxy.ts";
import type { Destination } from "./target.ts";
import type { TlsConnector } from "./tls-connect.ts";

/** The addresses of a host name; rejects with an error of `node:dns` where there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export type ConnectPhase = "address" | "dns" | "tcp" | "proxy" | "tls";

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
  readonly proxy: EgressProxy | null;
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
    const { guard, proxy } = this.#parts;
    const refusal = isIP(hostname) === 0 ? null : guard.refusal(hostname);
    if (refusal !== null) {
      queueMicrotask(() => listener.onFailure(new ConnectFailure("address", refusal)));
      return { abandon: () => {} };
    }
    let phase: ConnectPhase = proxy === null ? "dns" : "proxy";
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
      ...(proxy === null ? { host: hostname, port } : { host: proxy.hostname, port: proxy.port }),
      lookup: proxy === null ? this.#lookup : this.#proxyLookup,
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
      if (proxy === null) phase = "tcp";
    });
    const startTls = (): void => {
      phase = "tls";
      try {
        current = this.#parts.tls.connect(destination, tcp);
      } catch (error) {
        tcp.destroy(error as Error);
        return;
      }
      current.once("secureConnect", () => succeed(current));
      current.on("error", fail);
      current.on("close", () => fail(new Error("closed in the TLS handshake")));
    };
    tcp.once("connect", () => {
      const arrival = proxy === null ? this.#arrivalRefusal(tcp) : null;
      if (arrival !== null) tcp.destroy(new ConnectFailure("address", arrival));
      else if (!isTls) succeed(tcp);
      else if (proxy === null) startTls();
      else
        openTunnel(tcp, { proxy, destination }, { onTunnel: startTls, onRefusal: (refusal) => tcp.destroy(refusal) });
    });
    return { abandon: () => current.destroy() };
  }

  #arrivalRefusal(tcp: Socket): string | null {
    return tcp.remoteAddress === undefined ? null : this.#parts.guard.refusal(tcp.remoteAddress);
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
        if (refusal !== undefined) callback(new ConnectFailure("address", refusal), "");
        else answerLookup(addresses, options, callback);
      },
      (error) => callback(new ConnectFailure("dns", error), ""),
    );
  };

  /** The operator chose the proxy: wherever it is, it may be connected to. */
  readonly #proxyLookup: LookupFunction = (hostname, options, callback) => {
    this.#parts.resolve(hostname).then(
      (addresses) => answerLookup(addresses, options, callback),
      (error) => callback(new ConnectFailure("proxy", error), ""),
    );
  };
}

function answerLookup(
  addresses: readonly string[],
  options: Parameters<LookupFunction>[1],
  callback: Parameters<LookupFunction>[2],
): void {
  const first = addresses[0];
  if (first === undefined) callback(new Error("the name has no address"), "");
  else if (options.all !== true) callback(null, first, isIP(first));
  else {
    callback(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  }
}
