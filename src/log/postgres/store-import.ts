/** A store that another one is moved into: the rows of its tables, written and read by the process that owns it. */
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { TrotlineError } from "../../core/errors.ts";
import type { Clock } from "../../core/ports.ts";
import type { PageRange, StoreImport, TableProgress } from "../move/move-ports.ts";
import { keyOf, type MovedRow, type MovedTable } from "../move/moved-tables.ts";
import type { Parameter, Run } from "./database.ts";
import { openingError } from "./database-error.ts";
import { attemptsPerPartitionDefault } from "./journal.ts";
import { type OpenDatabase, type OpenOptions, openDatabase } from "./open-database.ts";
import { Ownership, type OwnershipOptions } from "./ownership.ts";
import { parseStoreUrl } from "./store-url.ts";
import { readMove } from "./unfinished-move.ts";

export interface ImportOptions extends Pick<OpenOptions, "url" | "logger" | "leaseMs" | "durability"> {
  /** Removes what a move that was not finished has copied. */
  readonly restart: boolean;
  readonly clock: Clock;
  /** Ends the opening. */
  readonly signal: AbortSignal;
}

/** A page takes long on a server that is busy with writing its files. */
const deadlineMs = 120_000;
/** Short, because a move that was killed and is started again has to wait for its end. */
const leaseMsDefault = 5000;
const triesMax = 5;
const pauseMs = 500;
const lockedMsMax = leaseMsDefault + 2000;

/** Refuses as a store that is opened does, and with `store-locked` while another process moves one here. */
export async function openPostgresImport({ restart, clock, signal, ...options }: ImportOptions): Promise<StoreImport> {
  const { leaseMs = leaseMsDefault, logger } = options;
  const database = await openDatabase({ ...options, leaseMs, deadlineMs });
  let ownership: Ownership | null = null;
  try {
    ownership = await takeOwnership(database, { leaseMs, logger, signal });
    if (restart && (await readMove(database.databases.reading)) !== null) {
      await ownership.write(database.databases.writing, (run) => run("move/clear"));
    }
    return new PostgresImport(database, ownership, clock);
  } catch (error) {
    await ownership?.close();
    await database.close();
    signal.throwIfAborted();
    throw openingError(error, parseStoreUrl(options.url).shown);
  }
}

async function takeOwnership(
  { databases }: OpenDatabase,
  { leaseMs, logger, signal }: Pick<OwnershipOptions, "leaseMs" | "logger"> & { readonly signal: AbortSignal },
): Promise<Ownership> {
  const locked = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Ownership.take({
      database: databases.leasing,
      holder: `${hostname()}/${process.pid}`,
      leaseMs,
      logger,
      signal: AbortSignal.any([signal, locked.signal]),
      onHeld: (holder) => {
        const refusal = new TrotlineError("store-locked", `The process ${holder} moves a store here.`);
        timer = setTimeout(() => locked.abort(refusal), lockedMsMax);
      },
    });
  } finally {
    clearTimeout(timer);
  }
}

class PostgresImport implements StoreImport {
  readonly #database: OpenDatabase;
  readonly #ownership: Ownership;
  readonly #clock: Clock;

  constructor(database: OpenDatabase, ownership: Ownership, clock: Clock) {
    this.#database = database;
    this.#ownership = ownership;
    this.#clock = clock;
  }

  async begin(life: string): Promise<ReadonlyMap<string, TableProgress>> {
    const unfinished = await readMove(this.#database.databases.reading);
    if (unfinished === null) {
      await this.#write((run) => this.#begin(run, life));
      return new Map();
    }
    if (unfinished.life !== life) {
      const since = new Date(unfinished.beganAtMs).toISOString();
      const detail = `Since ${since} another store, or this one as it was then, is being moved to the database.`;
      throw new TrotlineError("move-changed", detail);
    }
    const rows = await this.#database.databases.reading.run("move/progress");
    return new Map(
      rows.map((row) => [String(row.table_name), { after: JSON.parse(String(row.after_key)), rows: Number(row.rows) }]),
    );
  }

  async write(table: MovedTable, rows: readonly MovedRow[], progress: TableProgress): Promise<void> {
    const columns = table.columns.map((_column, at) => rows.map((row) => row[at])) as Parameter[];
    await this.#write(async (run) => {
      await preparePartitions(run, table, rows);
      await run(`move/${table.name}-write`, columns);
      await run("move/note-progress", [table.name, JSON.stringify(progress.after), progress.rows]);
    });
  }

  async page(table: MovedTable, { after, rowsMax }: PageRange): Promise<readonly MovedRow[]> {
    const rows = await this.#database.databases.reading.run(`move/${table.name}-read`, [...after, rowsMax]);
    return rows.map((row) => table.columns.map((column) => row[column]) as MovedRow);
  }

  async finish(): Promise<void> {
    // Without it what is read first is read more slowly, and no more than that.
    const { reading } = this.#database.databases;
    await reading.run("move/analyze").catch(() => {});
    try {
      await this.#write((run) => run("move/finish", [this.#clock.wallMs()]));
    } catch (error) {
      // Where only the answer was lost, it is finished.
      if (!(await this.#isFinished())) throw error;
    }
  }

  /** Asked when a connection was lost: others may have been, and say so when they are used. */
  async #isFinished(): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return (await readMove(this.#database.databases.reading)) === null;
      } catch (error) {
        if (tries === triesMax) throw error;
        await delay(pauseMs);
      }
    }
  }

  async close(): Promise<void> {
    await this.#ownership.close();
    await this.#database.close();
  }

  #write<Result>(work: (run: Run) => Promise<Result>): Promise<Result> {
    return this.#ownership.write(this.#database.databases.writing, work);
  }

  async #begin(run: Run, life: string): Promise<void> {
    await run("move/lock");
    const atWork = (await run("move/at-work")).map(({ name }) => String(name));
    if (atWork.length > 0) {
      throw new TrotlineError("store-locked", `Servers work on the database: ${atWork.join(", ")}.`);
    }
    const held = (await run("move/holds")).map(({ name }) => String(name));
    const [moved] = await run("move/finished", [life]);
    if (held.length > 0 && moved !== undefined) {
      const when = new Date(Number(moved.finished_at_ms)).toISOString();
      throw new TrotlineError("store-not-empty", `The store was moved to this database already, at ${when}.`);
    }
    if (held.length > 0) {
      throw new TrotlineError("store-not-empty", `The database has a store with something in it: ${held.join(", ")}.`);
    }
    await run("move/begin", [life, this.#clock.wallMs()]);
  }
}

/** Not in the statement that writes: a table cannot be given a partition while it is written. */
async function preparePartitions(run: Run, table: MovedTable, rows: readonly MovedRow[]): Promise<void> {
  const [first] = keyOf(table, rows[0] as MovedRow) as [number];
  const [last] = keyOf(table, rows.at(-1) as MovedRow) as [number];
  if (table.name === "events") await run("move/events-prepare", [first, last]);
  if (table.name === "attempts") await run("move/attempts-prepare", [first, last, attemptsPerPartitionDefault]);
}
