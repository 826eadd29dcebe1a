/**
 * The connections of the sender: kept alive, by origin, one request at a time on each. A connection belongs to one
 * attempt while it is used: an attempt that is given up ends its own connection, even one that is still being made, and
 * one that met a stale connection is sure to get a fresh one. undici's `Pool` can do neither.
 */
import { createRequire } from "node:module";
import type { buildConnector, Client, Dispatcher } from "undici";
import type { AddressGuard } from "./address-guard.ts";
import { type Connecting, GuardedConnector, type Resolve } from "./guarded-connect.ts";

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
  onConnection(connection: Connection): void;
}

export class Connection {
  readonly origin: Origin;
  readonly #client: Client;
  #connecting: Connecting | null = null;
  #requests = 0;

  constructor(origin: Origin) {
    this.origin = origin;
    const { limits, connector, undici } = origin.connections;
    this.#client = new undici.Client(origin.name, {
      pipelining: 1,
      allowH2: false,
      // One deadline for the whole attempt stands in for undici's timeouts of single stages.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: limits.idleMs,
      keepAliveMaxTimeout: limits.idleMs,
      maxHeaderSize: limits.headerBytes,
      connect: (options: buildConnector.Options, callback: buildConnector.Callback) => {
        this.#connecting = connector.connect(options, callback);
      },
    });
    this.#client.on("connect", () => {
      this.#connecting = null;
      this.#requests = 0;
    });
    this.#client.on("disconnect", () => origin.connections.onDisconnect(this));
  }

  /** True when the connection stood before the request that it carries now. */
  get isReused(): boolean {
    return this.#requests > 1;
  }

  get isConnecting(): boolean {
    return this.#connecting !== null;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** The request is on the connection that stands now. */
  onRequestStart(): void {
    this.#requests += 1;
  }

  /** Ends the connection and whatever is on it. */
  destroy(): Promise<void> {
    this.#connecting?.abandon();
    return this.#client.destroy();
  }
}

export class Origin {
  readonly name: string;
  readonly connections: Connections;
  /** The last to have been used is the first to be used again, so that what is not needed comes to its end. */
  readonly idle: Connection[] = [];
  readonly waiting = new Set<Borrower>();
  total = 0;

  constructor(name: string, connections: Connections) {
    this.name = name;
    this.connections = connections;
  }
}

export class Connections {
  readonly limits: ConnectionLimits;
  readonly connector: GuardedConnector;
  readonly undici: Undici;
  /** Only origins that have a connection: endpoints that idle cost nothing here. */
  readonly #origins = new Map<string, Origin>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Connection>();
  /** Connections on their way out. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: {
    guard: Pick<AddressGuard, "refusal">;
    resolve: Resolve;
    limits: ConnectionLimits;
    ca?: string;
  }) {
    this.limits = options.limits;
    this.undici = loadUndici();
    const connectTls = this.undici.buildConnector({
      allowH2: false,
      timeout: 0,
      maxCachedSessions: options.limits.tlsSessions,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    this.connector = new GuardedConnector({ guard: options.guard, resolve: options.resolve, connectTls });
  }

  /** Origins that cost memory now. */
  get originsHeld(): number {
    return this.#origins.size;
  }

  /** Calls the borrower, at once where a connection is idle or may be made, else when one is given back. */
  borrow(originName: string, borrower: Borrower): void {
    let origin = this.#origins.get(originName);
    if (origin === undefined) {
      origin = new Origin(originName, this);
      this.#origins.set(originName, origin);
    }
    const idle = origin.idle.pop();
    if (idle !== undefined) {
      this.#idle.delete(idle);
      borrower.onConnection(idle);
    } else if (origin.total < this.limits.perOrigin) {
      origin.total += 1;
      borrower.onConnection(new Connection(origin));
    } else {
      origin.waiting.add(borrower);
    }
  }

  /** The borrower no longer waits. */
  leave(originName: string, borrower: Borrower): void {
    this.#origins.get(originName)?.waiting.delete(borrower);
  }

  /** The request on it has ended well: the next may use it. */
  giveBack(connection: Connection): void {
    const { origin } = connection;
    const next = takeFirst(origin.waiting);
    if (next !== undefined) {
      next.onConnection(connection);
      return;
    }
    origin.idle.push(connection);
    this.#idle.add(connection);
    if (this.#idle.size > this.limits.idle) this.#drop(takeFirst(this.#idle)!);
  }

  /** What is on it has failed or is given up. */
  discard(connection: Connection): void {
    const { origin } = connection;
    this.#end(connection);
    const next = takeFirst(origin.waiting);
    if (next !== undefined) {
      next.onConnection(new Connection(origin));
      return;
    }
    origin.total -= 1;
    if (origin.total === 0) this.#origins.delete(origin.name);
  }

  /** An idle connection has ended; one in use tells its attempt itself. */
  onDisconnect(connection: Connection): void {
    if (this.#idle.delete(connection)) this.#drop(connection);
  }

  /** Closes what idles, and answers when everything that was ended is gone. */
  async close(): Promise<void> {
    for (const connection of this.#idle) this.#drop(connection);
    this.#idle.clear();
    await Promise.all(this.#ending);
  }

  #drop(connection: Connection): void {
    const { idle } = connection.origin;
    const index = idle.indexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    this.discard(connection);
  }

  #end(connection: Connection): void {
    const ended = connection.destroy().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

interface Undici {
  readonly Client: typeof Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Two files of undici in place of the whole, and only when the first request is sent: they cost 16 MiB of memory of
 * which 13 are `node:http` and `node:http2`, against 28 for everything (fetch, WebSocket, caches, mocks).
 */
function loadUndici(): Undici {
  const require = createRequire(import.meta.url);
  return {
    Client: require("undici/lib/dispatcher/client.js"),
    buildConnector: require("undici/lib/core/connect.js"),
  };
}

function takeFirst<Item>(items: Set<Item>): Item | undefined {
  const { value } = items.values().next();
  if (value !== undefined) items.delete(value);
  return value;
}
