import type { Cell, MovedRow } from "./moved-tables.ts";

/** What a row has to be carried: texts and bytes; a number counts as eight. */
export function rowSize(row: MovedRow): number {
  let bytes = 0;
  for (const cell of row) bytes += cell === null ? 0 : typeof cell === "number" ? 8 : cell.length;
  return bytes;
}

/** Rows as bytes, of which no two different lists have the same. */
export function rowBytes(rows: readonly MovedRow[]): Buffer {
  return Buffer.concat(rows.flatMap((row) => [Buffer.from(`${row.length}\n`), ...row.flatMap(cellBytes)]));
}

function cellBytes(cell: Cell): Buffer[] {
  if (cell === null) return [Buffer.from("-")];
  if (typeof cell === "number") return [Buffer.from(`n${cell};`)];
  const kind = typeof cell === "string" ? "t" : "b";
  const bytes = Buffer.from(cell as string);
  return [Buffer.from(`${kind}${bytes.length}:`), bytes];
}
