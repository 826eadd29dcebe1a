/**
 * The connections of the sender: kept alive, by origin and TLS settings, one request at a time on each. A connection
 * belongs to one attempt while it is used: an attempt that is given up ends its own connection, even one that is still
 * being made, and one that met a stale connection is sure to get a fresh one.
 */
import type { TlsSettings } from "../core/endpoint-reach.ts";
import type { AddressGuard } from "./address-guard.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { GuardedConnector, type Resolve } from "./guarded-connect.ts";
import { HttpConnection } from "./http-connection.ts";
import type { Destination } from "./target.ts";
import { TlsConnector } from "./tls-connect.ts";

export interface ConnectionLimits {
  /** Connections to one origin; attempts beyond wait. */
  readonly perOrigin: number;
  /** Idle connections in all; the one that idles longest is closed for a new one. */
  readonly idle: number;
  /** An idle connection is closed after this, or earlier where the receiver's `Keep-Alive` says so. */
  readonly idleMs: number;
  /** Bytes of an answer's headers. */
  readonly headerBytes: number;
  /** TLS sessions kept to shorten the next handshake. */
  readonly tlsSessions: number;
}

export const connectionLimits: ConnectionLimits = {
  perOrigin: 512,
  idle: 1024,
  idleMs: 10_000,
  headerBytes: 16 * 1024,
  tlsSessions: 1000,
};

/** Who waits for a connection. */
export interface Borrower {
  onConnection(connection: HttpConnection): void;
}

interface Origin {
  readonly destination: Destination;
  /** The last to have been used is the first to be used again, so that what is not needed comes to its end. */
  readonly idle: HttpConnection[];
  readonly waiting: Set<Borrower>;
  total: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #connector: GuardedConnector;
  /** Only origins that have a connection: endpoints that idle cost nothing here. */
  readonly #origins = new Map<string, Origin>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<HttpConnection>();
  /** Settings that are no longer anyone's. */
  readonly #retired = new WeakSet<TlsSettings>();
  /** Connections on their way out. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: {
    guard: Pick<AddressGuard, "refusal">;
    resolve: Resolve;
    limits: ConnectionLimits;
    ca?: string;
    proxy?: EgressProxy | null;
  }) {
    const { guard, resolve, limits, ca, proxy = null } = options;
    this.#limits = limits;
    const tls = new TlsConnector({ ca, sessionsMax: limits.tlsSessions });
    this.#connector = new GuardedConnector({ guard, resolve, tls, proxy });
  }

  /** Origins that cost memory now. */
  get originsHeld(): number {
    return this.#origins.size;
  }

  /** Calls the borrower, at once where a connection is idle or may be made, else when one is given back. */
  borrow(destination: Destination, borrower: Borrower): void {
    let origin = this.#origins.get(destination.key);
    if (origin === undefined) {
      origin = { destination, idle: [], waiting: new Set(), total: 0 };
      this.#origins.set(destination.key, origin);
    }
    const idle = origin.idle.pop();
    if (idle !== undefined) {
      this.#idle.delete(idle);
      borrower.onConnection(idle);
    } else if (origin.total < this.#limits.perOrigin) {
      origin.total += 1;
      borrower.onConnection(this.#fresh(destination));
    } else {
      origin.waiting.add(borrower);
    }
  }

  /** The borrower no longer waits. */
  leave(destination: Destination, borrower: Borrower): void {
    this.#origins.get(destination.key)?.waiting.delete(borrower);
  }

  /** The borrower has another in place of one that was lost. */
  exchange(connection: HttpConnection, borrower: Borrower): void {
    this.#end(connection);
    borrower.onConnection(this.#fresh(connection.destination));
  }

  /** The request on it has ended well: the next may use it. */
  giveBack(connection: HttpConnection): void {
    const origin = this.#originOf(connection);
    const next = takeFirst(origin.waiting);
    if (next !== undefined) {
      next.onConnection(connection);
      return;
    }
    const { tls } = connection.destination;
    if (tls !== null && this.#retired.has(tls)) {
      this.discard(connection);
      return;
    }
    connection.startIdle();
    origin.idle.push(connection);
    this.#idle.add(connection);
    if (this.#idle.size > this.#limits.idle) this.#drop(takeFirst(this.#idle)!);
  }

  /** What is on it has failed or is given up, or it may not be used again. */
  discard(connection: HttpConnection): void {
    const origin = this.#originOf(connection);
    this.#end(connection);
    const next = takeFirst(origin.waiting);
    if (next !== undefined) {
      next.onConnection(this.#fresh(origin.destination));
      return;
    }
    origin.total -= 1;
    if (origin.total === 0) this.#origins.delete(origin.destination.key);
  }

  /** Connections made with these settings end with what is on them. */
  retire(tls: TlsSettings): void {
    this.#retired.add(tls);
    for (const connection of this.#idle) {
      if (connection.destination.tls !== tls) continue;
      this.#idle.delete(connection);
      this.#drop(connection);
    }
  }

  /** Closes what idles, and answers when everything that was ended is gone. */
  async close(): Promise<void> {
    for (const connection of this.#idle) this.#drop(connection);
    this.#idle.clear();
    await Promise.all(this.#ending);
  }

  #fresh(destination: Destination): HttpConnection {
    return new HttpConnection({
      destination,
      connector: this.#connector,
      limits: this.#limits,
      onIdleEnd: this.#onIdleEnd,
    });
  }

  readonly #onIdleEnd = (connection: HttpConnection): void => {
    if (this.#idle.delete(connection)) this.#drop(connection);
  };

  #drop(connection: HttpConnection): void {
    const { idle } = this.#originOf(connection);
    const index = idle.indexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    this.discard(connection);
  }

  #end(connection: HttpConnection): void {
    const ended = connection.destroy().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  /** There is one for as long as it has a connection. */
  #originOf(connection: HttpConnection): Origin {
    return this.#origins.get(connection.destination.key)!;
  }
}

function takeFirst<Item>(items: Set<Item>): Item | undefined {
  const { value } = items.values().next();
  if (value !== undefined) items.delete(value);
  return value;
}
