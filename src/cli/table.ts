/** Rows for people, in columns that fit the terminal. */

export interface Column<Item> {
  readonly title: string;
  /** Of a column whose rows are printed one by one. */
  readonly widthMin?: number;
  of(item: Item): string | number | boolean | null | undefined;
}

const gap = "  ";
/** A column is never cut below this, so that ids stay whole. */
const lastWidthMin = 16;

/**
 * The rows with their titles, or without where `widths` says how wide they were before. Only the last column is cut,
 * for the others hold what is copied.
 */
export function tableText<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  frame: { readonly width: number; readonly widthsBefore: readonly number[] | null },
): { readonly title: string | null; readonly rows: string; readonly widths: readonly number[] } {
  const titles = columns.map((column) => column.title);
  const rows = items.map((item) => columns.map((column) => shownText(column.of(item))));
  const widths = columns.map(({ title, widthMin = 0 }, index) =>
    Math.max(
      title.length,
      widthMin,
      frame.widthsBefore?.[index] ?? 0,
      ...rows.map((row) => lengthOf(row[index] ?? "")),
    ),
  );
  const lastStart = widths.slice(0, -1).reduce((sum, width) => sum + width + gap.length, 0);
  const lastWidth = Math.max(lastWidthMin, frame.width - lastStart);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === cells.length - 1 ? cut(cell, lastWidth) : padded(cell, widths[index] ?? 0)))
      .join(gap)
      .trimEnd();
  return {
    title: frame.widthsBefore === null ? line(titles) : null,
    rows: rows.map((row) => `${line(row)}\n`).join(""),
    widths,
  };
}

/** An object as `name  value` lines; what is nested stands as JSON. */
export function detailText(item: object): string {
  const entries = Object.entries(item).map(([name, value]) => [name, shownText(jsonOrText(value))] as const);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .map(([name, value]) => `${name.padEnd(width)}${gap}${value}`.trimEnd())
    .join("\n")
    .concat("\n");
}

function jsonOrText(value: unknown): string | number | boolean | null | undefined {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as string);
}

/** What others wrote must not speak to the terminal. */
export function shownText(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return "-";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return String(value).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}

const lengthOf = (text: string): number => [...text].length;

const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - lengthOf(text)));

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}
