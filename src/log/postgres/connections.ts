/** A few connections, each with one user at a time; who comes when all are taken waits in line. */
import { TrotlineError } from "../../core/errors.ts";
import { Connection } from "./connection.ts";
import { databaseError, isPoolerRefusal, isTooMany } from "./database-error.ts";
import { parseStoreUrl, type StoreUrl } from "./store-url.ts";

export interface ConnectionsOptions {
  readonly url: string;
  /** The most that are open at once. */
  readonly connections?: number;
  /** The longest that whoever asked for a statement waits for its answer; the server gives up a little earlier. */
  readonly deadlineMs?: number;
}

/**
 * What answers are read by, and transactions stand on: a statement that waited sees what was committed meanwhile. A
 * database that is shared with applications may give its sessions something else.
 */
export const sessionRules: Readonly<Record<string, string>> = {
  default_transaction_isolation: "read committed",
  bytea_output: "hex",
  extra_float_digits: "1",
};

const connectionsDefault = 4;
const deadlineMsDefault = 15_000;
/** To be connected and greeted; another host may be tried then. */
const connectMsMax = 5000;
const endMsMax = 2000;
/** Between attempts to connect: it doubles up to the most, and chance takes up to a half of it away. */
const pauseMs = { first: 100, most: 3000 };

interface Waiting {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

export class Connections {
  readonly #url: StoreUrl;
  readonly #max: number;
  readonly deadlineMs: number;
  /** What each session, or where a pooler takes none, each transaction begins with. */
  readonly settings: Readonly<Record<string, string>>;
  readonly #open = new Set<Connection>();
  readonly #greeting = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  #connecting = 0;
  /** Which of the hosts is tried first. */
  #host = 0;
  #takesSettings = true;
  #failures = 0;
  #notBefore = 0;
  #lastError: unknown = null;
  #isClosed = false;

  constructor({ url, connections = connectionsDefault, deadlineMs = deadlineMsDefault }: ConnectionsOptions) {
    this.#url = parseStoreUrl(url);
    this.#max = connections;
    this.deadlineMs = deadlineMs;
    const serverMs = Math.ceil(deadlineMs * 0.8);
    this.settings = {
      statement_timeout: `${serverMs}ms`,
      lock_timeout: `${Math.ceil(serverMs / 2)}ms`,
      // A process that is stopped in the middle of a transaction does not hold what it locked.
      idle_in_transaction_session_timeout: `${serverMs}ms`,
    };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why connecting failed a moment ago, while it is not tried again; null where whoever comes may be served. */
  get failure(): unknown {
    const isFull = this.#open.size + this.#connecting >= this.#max;
    if (this.#isClosed || this.#idle.length > 0 || isFull || this.#isAllThereIs) return null;
    return performance.now() < this.#notBefore ? this.#lastError : null;
  }

  /** Answers a connection that works, or did a moment ago. Rejects with what the client or the server says. */
  async take(): Promise<Connection> {
    if (this.#isClosed) throw new TrotlineError("shutting-down", "The store is closed.");
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (!idle.isOver) return idle;
    if (this.#open.size + this.#connecting < this.#max && !this.#isAllThereIs) {
      if (this.failure !== null) throw this.failure;
      try {
        return await this.#connect();
      } catch (error) {
        this.#failed(error);
        if (!this.#isAllThereIs) throw error;
        return this.take();
      }
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, timer: setTimeout(() => this.#tooLate(waiting), this.deadlineMs) };
      this.#waiting.push(waiting);
    });
  }

  /** The server has no connections for us but those that are open, or being opened: who comes waits for one. */
  get #isAllThereIs(): boolean {
    return this.#open.size + this.#connecting > 0 && performance.now() < this.#notBefore && isTooMany(this.#lastError);
  }

  giveBack(connection: Connection): void {
    if (connection.isOver || this.#isClosed) {
      this.#forget(connection);
      void connection.end(endMsMax).catch(() => {});
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#idle.push(connection);
      return;
    }
    clearTimeout(next.timer);
    next.resolve(connection);
  }

  /** It did not answer. Those that nobody uses go with it: where the network is cut, they would not answer either. */
  suspect(connection: Connection): void {
    for (const other of [connection, ...this.#idle]) {
      other.destroy();
      this.#forget(other);
    }
  }

  /** At once: whoever waits for the database is refused, and so is who comes. */
  abandon(): void {
    this.#refuse();
    for (const connection of [...this.#open, ...this.#greeting]) connection.destroy();
  }

  async close(): Promise<void> {
    this.#refuse();
    await Promise.all([...this.#open].map((connection) => connection.end(endMsMax).catch(() => {})));
    this.#open.clear();
    this.#idle.length = 0;
  }

  #refuse(): void {
    this.#isClosed = true;
    const closed = new TrotlineError("shutting-down", "The store is closed.");
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(closed);
    }
  }

  async #connect(): Promise<Connection> {
    this.#connecting += 1;
    try {
      const connection = await this.#reach();
      this.#failures = 0;
      this.#lastError = null;
      this.#open.add(connection);
      if (!this.#isClosed) return connection;
      this.giveBack(connection);
      throw new TrotlineError("shutting-down", "The store is closed.");
    } finally {
      this.#connecting -= 1;
    }
  }

  /** The first host that lets us in and takes writes. */
  async #reach(): Promise<Connection> {
    const first = this.#host; // Others may be at it: each goes round all hosts.
    let lastError: unknown = null;
    for (let tried = 0; tried < this.#url.addresses.length; tried++) {
      const host = (first + tried) % this.#url.addresses.length;
      try {
        const connection = await this.#greet(host);
        this.#host = host;
        return connection;
      } catch (error) {
        lastError = error;
        if (this.#isClosed) break;
      }
    }
    throw lastError;
  }

  async #greet(host: number): Promise<Connection> {
    const takesSettings = this.#takesSettings;
    const connection: Connection = new Connection({
      url: this.#url,
      address: this.#url.addresses[host] as StoreUrl["addresses"][number],
      settings: takesSettings ? { ...sessionRules, ...this.settings } : {},
      onClose: () => this.#forget(connection),
    });
    const timer = setTimeout(() => connection.destroy(), Math.min(connectMsMax, this.deadlineMs));
    this.#greeting.add(connection);
    try {
      // A replica says so here already. With one host, whoever writes is told.
      const rows = await connection.run("SELECT pg_is_in_recovery() AS is_replica", [], false);
      if (rows[0]?.is_replica === true && this.#url.addresses.length > 1) throw replicaError();
      return connection;
    } catch (error) {
      connection.destroy();
      if (!takesSettings || !isPoolerRefusal(error)) throw error;
      this.#takesSettings = false;
      return this.#greet(host);
    } finally {
      clearTimeout(timer);
      this.#greeting.delete(connection);
    }
  }

  /** Whoever waits is told now, and not when it is too late for them. */
  #failed(error: unknown): void {
    this.#lastError = error;
    const pause = Math.min(pauseMs.most, pauseMs.first * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    this.#notBefore = performance.now() + pause * (1 - Math.random() / 2);
    if (this.#isAllThereIs) return;
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    // Somebody waits for a connection that will not come back: there is room for another.
    const next = this.#isClosed ? undefined : this.#waiting.shift();
    if (next === undefined) return;
    clearTimeout(next.timer);
    this.take().then(next.resolve, next.reject);
  }

  #tooLate(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting);
    if (index !== -1) this.#waiting.splice(index, 1);
    const detail = `No connection to the database became free within ${this.deadlineMs / 1000} seconds.`;
    waiting.reject(databaseError(new TrotlineError("store-unavailable", detail), false));
  }
}

const replicaError = (): Error => Object.assign(new Error("the server is a replica"), { code: "25006" });
