import { readFileSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Prepares the statement of `sql/<name>.sql`. Rows come as arrays, in the order of the statement's columns. */
export function prepare(database: DatabaseSync, name: string): StatementSync {
  const statement = database.prepare(textOf(name));
  statement.setReturnArrays(true);
  return statement;
}

/**
 * The statement of `sql/<name>.sql`, which stores one row, for `count` rows: their parameters follow each other. It
 * opens the table and its indexes once for all of them, which is a third of what a small row costs.
 */
export function prepareForRows(database: DatabaseSync, name: string, count: number): StatementSync {
  return database.prepare(textOf(name).replace(/VALUES (\([?, ]+\))/, (_, row) => `VALUES ${Array(count).fill(row)}`));
}

const textOf = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), "utf8");

/** A row of a statement that `prepare` made; who wrote the statement knows its columns. */
export type Row = (string | number | Uint8Array | null)[];

export const firstRow = (statement: StatementSync, ...parameters: (string | number)[]): Row | undefined =>
  statement.get(...parameters) as unknown as Row | undefined;

export const allRows = (statement: StatementSync, ...parameters: (string | number)[]): Row[] =>
  statement.all(...parameters) as unknown as Row[];
