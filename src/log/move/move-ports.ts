import type { MovedRow, MovedTable } from "./moved-tables.ts";

export interface PageRange {
  /** The key of the row before the first. */
  readonly after: readonly (string | number)[];
  readonly rowsMax: number;
  /** The page ends before the row that would pass this; it has at least one. */
  readonly bytesMax: number;
}

/** A store whose tables can be read, while nobody changes it. Rejects as `EventLog` does. */
export interface MovedRows {
  /** In the order of the table's key; none where nothing is beyond `after`. */
  page(table: MovedTable, range: PageRange): Promise<readonly MovedRow[]>;
  /** Lets go of the store. */
  close(): Promise<void>;
}

/** The store that is moved. It is left as it is, and nobody else opens it meanwhile. */
export interface StoreExport extends MovedRows {
  /** Another one as soon as the store was opened by a server. */
  readonly life: string;
  /** The number of rows of each table, by name. */
  counts(): Promise<ReadonlyMap<string, number>>;
}

/** How far a table has come. */
export interface TableProgress {
  /** The key of the last row that is there. */
  readonly after: readonly (string | number)[];
  readonly rows: number;
}

/** The store that is moved to. No server opens it before the move is finished. */
export interface StoreImport extends MovedRows {
  /**
   * Begins to move the store of this life, or goes on: answers how far each table has come, by name. Refuses with
   * `store-not-empty` a store that holds something, and with `move-changed` one with an unfinished move of another
   * life.
   */
  begin(life: string): Promise<ReadonlyMap<string, TableProgress>>;
  /** Adds rows beyond those that are there, and notes how far the table has come, in one transaction. */
  write(table: MovedTable, rows: readonly MovedRow[], progress: TableProgress): Promise<void>;
  /** Everything is there: from now on it is a store like any other. */
  finish(): Promise<void>;
}
