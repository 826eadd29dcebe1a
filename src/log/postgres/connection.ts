/** One connection to PostgreSQL, from its first byte to its last: the only file that names the client. */
import postgres from "postgres";
import {
  connectTcp,
  refusedConnection,
  type TcpAddress,
  type TcpConnection,
  verifiedTls,
} from "../../platform/tcp-connection.ts";
import { type ArrayElement, arrayText, readArray } from "./array-values.ts";
import type { StoreUrl } from "./store-url.ts";

/** By column. Who wrote the statement knows its columns. */
export type Row = Readonly<Record<string, unknown>>;
export type Parameter = ArrayElement | readonly ArrayElement[];

export interface ConnectionOptions {
  readonly url: StoreUrl;
  readonly address: TcpAddress;
  /** What the session begins with. Poolers refuse what they do not know. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onClose: () => void;
  readonly onNotify?: (channel: string, payload: string) => void;
}

/** Object identifiers of types (https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat). */
const oids = {
  bigint: 20,
  json: 114,
  jsonb: 3802,
  numberArrays: [1005, 1007, 1016, 1021, 1022],
  textArrays: [1009, 1015],
};

const types = {
  // A position is far below the numbers that JavaScript counts exactly.
  bigint: { to: oids.bigint, from: [oids.bigint], parse: Number, serialize: String },
  // JSON comes as text that is JSON already.
  json: { to: oids.json, from: [oids.json, oids.jsonb], parse: JSON.parse, serialize: String },
  numbers: { to: 0, from: oids.numberArrays, parse: (text: string) => readArray(text, Number), serialize: String },
  texts: { to: 0, from: oids.textArrays, parse: (text: string) => readArray(text, String), serialize: String },
};

/**
 * The client connects again by itself where a connection ends, and what came next would run outside the transaction
 * that it belongs to. Here it cannot: it is given one socket, and no second one.
 */
export class Connection {
  readonly #sql: postgres.Sql;
  #socket: TcpConnection | null = null;
  #isOver = false;
  /**
   * What is asked between an error of the socket and its end is never answered by the client, and would be waited for
   * until its deadline: these are those who are to be told.
   */
  readonly #waiting = new Set<(error: Error) => void>();

  constructor({ url, address, settings, onClose, onNotify }: ConnectionOptions) {
    this.#sql = postgres(url.clientUrl, {
      max: 1,
      // Its own question for types would be an unhandled rejection where the connection ends under it.
      fetch_types: false,
      types: types as never,
      connection: { application_name: "trotline", ...settings },
      ssl: tlsOptions(url, address),
      connect_timeout: 0,
      idle_timeout: 0,
      max_lifetime: null,
      backoff: () => 0,
      onnotice: () => {},
      ...(onNotify === undefined ? {} : { onnotify: onNotify }),
      onclose: () => {
        this.#isOver = true;
        setImmediate(() => this.#refuseWaiting()); // Behind the client, which knows better why.
        onClose();
      },
      socket: () => this.#open(address),
    } as postgres.Options<Record<string, never>>);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Statements run in the order of the calls; the next is sent before this one is answered. */
  run(text: string, parameters: readonly Parameter[], isPrepared: boolean): Promise<readonly Row[]> {
    if (this.#isOver) return Promise.reject(closedError());
    const given = parameters.map((value) =>
      Array.isArray(value) ? this.#sql.typed(arrayText(value) as never, 0) : value,
    );
    return this.#answered(
      this.#sql.unsafe(text, given as never[], { prepare: isPrepared, simple: false } as never).execute(),
    );
  }

  /** Several statements without parameters. Of one, answers what it came to: `COMMIT`, `ROLLBACK` … */
  async script(text: string): Promise<string> {
    if (this.#isOver) throw closedError();
    // `execute`, because to wait alone would begin it a moment later, behind what is asked for next.
    const result = await this.#answered(this.#sql.unsafe(text).simple().execute());
    return (result as { command?: string }).command ?? "";
  }

  /** At once: whoever waits is refused, and the server is told nothing. */
  destroy(): void {
    this.#isOver = true;
    this.#socket?.destroy();
  }

  /** Tells the server that it ends, once nothing is under way. */
  async end(timeoutMs: number): Promise<void> {
    await this.#sql.end({ timeout: timeoutMs / 1000 });
    this.destroy();
  }

  #answered<Result>(statement: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      void statement.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  #refuseWaiting(): void {
    for (const reject of this.#waiting) reject(closedError());
    this.#waiting.clear();
  }

  #open(address: TcpAddress): TcpConnection {
    if (this.#socket !== null || this.#isOver) return refusedConnection();
    // The client tells the server by it which certificate is wanted.
    this.#socket = Object.assign(connectTcp(address), "host" in address ? { host: address.host } : {});
    return this.#socket;
  }
}

function tlsOptions({ tls, ca }: StoreUrl, address: TcpAddress): postgres.Options<never>["ssl"] {
  // A socket of this machine is as private as it can be.
  if (tls === "disable" || !("host" in address)) return false;
  return tls === "verify-full" ? verifiedTls(address.host, ca) : tls;
}

const closedError = (): Error => Object.assign(new Error("the connection has ended"), { code: "CONNECTION_CLOSED" });
