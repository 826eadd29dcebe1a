/**
 * Statements and transactions on a few connections to PostgreSQL. Nobody waits for ever: each statement has a deadline
 * here, beyond which its connection is destroyed, and a shorter one at the server. While the database is away, what is
 * asked fails at once, and connecting is tried again after growing pauses.
 */
import { readFileSync } from "node:fs";
import { TrotlineError } from "../../core/errors.ts";
import type { Logger } from "../../core/ports.ts";
import type { Connection, Parameter, Row } from "./connection.ts";
import { Connections, type ConnectionsOptions } from "./connections.ts";
import { databaseError, isConsequence, isReadOnly, isUnprepared, isWorthAnotherTry } from "./database-error.ts";

export type { Parameter, Row } from "./connection.ts";
/** Runs the statement of `sql/<name>.sql`. */
export type Run = (name: string, parameters?: readonly Parameter[]) => Promise<readonly Row[]>;
/** Runs text of migrations: several statements without parameters. */
export type Script = (text: string) => Promise<void>;

export interface DatabaseOptions extends ConnectionsOptions {
  readonly logger: Logger;
  /** Told how each transaction ended: null where it went well. */
  readonly onOutcome?: (error: TrotlineError | null) => void;
}

export interface DatabaseCounters {
  readonly statements: number;
  readonly transactions: number;
}

/** Beyond this many, a deadlock or a conflict is told to whoever asked. */
const triesMax = 5;
const pauseMs = 20;

export class Database {
  readonly #options: DatabaseOptions;
  readonly #connections: Connections;
  readonly #statements = new Map<string, string>();
  readonly #counters = { statements: 0, transactions: 0 };
  #refusal: { readonly failure: unknown; readonly error: TrotlineError } | null = null;
  /** False once a pooler has shown that it does not keep what is prepared. */
  #prepares = true;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#connections = new Connections(options);
  }

  /** One statement, which is a transaction of its own. Rejects as `EventLog` does. */
  run: Run = (name, parameters = []) => this.#tried((connection) => this.#run(connection, name, parameters));

  /**
   * One transaction; it is rolled back where `work` rejects, or where a statement of it failed. What lost against
   * another transaction is done again from its beginning: `work` changes nothing but the database.
   */
  transaction<Result>(work: (run: Run, script: Script) => Promise<Result>): Promise<Result> {
    return this.#tried((connection) => this.#transaction(connection, work));
  }

  /** Text of migrations: several statements without parameters. */
  script(text: string): Promise<void> {
    return this.transaction((_run, script) => script(text));
  }

  /**
   * What whoever comes is refused with, where connecting failed a moment ago; null where it may be tried. Made once for
   * each failure: many may come.
   */
  refusal(): TrotlineError | null {
    const { failure } = this.#connections;
    if (failure === null) return null;
    let refusal = this.#refusal;
    if (refusal === null || refusal.failure !== failure) {
      refusal = { failure, error: databaseError(failure, false) };
      this.#refusal = refusal;
    }
    this.#options.onOutcome?.(refusal.error);
    return refusal.error;
  }

  counters(): DatabaseCounters {
    return { ...this.#counters };
  }

  /** Nobody waits for the database any more. */
  abandon(): void {
    this.#connections.abandon();
  }

  /** What is under way may end; nothing new is taken. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #transaction<Result>(
    connection: Connection,
    work: (run: Run, script: Script) => Promise<Result>,
  ): Promise<Result> {
    const { settings } = this.#connections;
    const local = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
    let isOpen = true;
    let failure: { readonly error: unknown } | null = null;
    const underWay = new Set<Promise<unknown>>();
    const noted = <Answer>(statement: Promise<Answer>): Promise<Answer> => {
      const settled = statement.catch((error: unknown) => {
        if (failure === null || isConsequence(failure.error)) failure = { error };
      });
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      return statement;
    };
    const refuseAfterEnd = (): void => {
      if (!isOpen) throw new Error("The transaction has ended.");
    };
    // Not waited for: the first statement is on its way with it. Where it fails, all that follow do.
    noted(this.#timed(connection, connection.script(["BEGIN", ...local].join("; "))));
    try {
      const result = await work(
        async (name, parameters = []) => {
          refuseAfterEnd();
          return noted(this.#run(connection, name, parameters));
        },
        async (text) => {
          refuseAfterEnd();
          await noted(this.#timed(connection, connection.script(text)));
        },
      );
      isOpen = false;
      await Promise.all(underWay);
      if (failure !== null) throw (failure as { error: unknown }).error;
      const ending = await this.#timed(connection, connection.script("COMMIT"));
      if (ending !== "COMMIT") throw new Error(`The transaction ended with ${ending}.`);
      return result;
    } catch (error) {
      isOpen = false;
      await Promise.all(underWay);
      await this.#timed(connection, connection.script("ROLLBACK")).catch(() => connection.destroy());
      // What follows a failed statement fails with it: the first one says why.
      throw (failure as { error: unknown } | null)?.error ?? error;
    }
  }

  #run(connection: Connection, name: string, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return this.#timed(connection, connection.run(this.#statement(name), parameters, this.#prepares));
  }

  async #tried<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const { onOutcome } = this.#options;
    const refused = this.refusal();
    if (refused !== null) throw refused;
    try {
      const result = await this.#again(work);
      this.#counters.transactions += 1;
      onOutcome?.(null);
      return result;
    } catch (error) {
      const refusal = databaseError(error, this.#connections.isClosed);
      onOutcome?.(refusal);
      throw refusal;
    }
  }

  async #again<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      const connection = await this.#connections.take();
      try {
        return await work(connection);
      } catch (error) {
        // The server that took writes is a replica now: another host does, or the same name leads elsewhere.
        if (isReadOnly(error)) this.#connections.suspect(connection);
        if (!isWorthAnotherTry(error) || tries === triesMax) throw error;
        if (isUnprepared(error)) this.#forgetPrepared();
        connection.destroy(); // Its plans may be old.
        await new Promise((resolve) => setTimeout(resolve, pauseMs * tries * Math.random()));
      } finally {
        this.#connections.giveBack(connection);
      }
    }
  }

  #forgetPrepared(): void {
    if (!this.#prepares) return;
    this.#prepares = false;
    this.#options.logger.info({}, "a pooler stands before the database: statements are not prepared");
  }

  /** Whoever waits is answered within the deadline, whatever became of the connection. */
  async #timed<Result>(connection: Connection, statement: Promise<Result>): Promise<Result> {
    this.#counters.statements += 1;
    const { deadlineMs } = this.#connections;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const detail = `The database did not answer within ${deadlineMs / 1000} seconds.`;
        reject(
          new TrotlineError("store-unavailable", detail, {
            cause: Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }),
          }),
        );
        this.#connections.suspect(connection);
      }, deadlineMs);
    });
    try {
      return await Promise.race([statement, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #statement(name: string): string {
    let text = this.#statements.get(name);
    if (text === undefined) {
      text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), "utf8");
      this.#statements.set(name, text);
    }
    return text;
  }
}
