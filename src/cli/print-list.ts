/** Lists and single things: tables and details for people, JSON lines for programs. */
import type { Page } from "../sdk/wire.ts";
import { jsonOf } from "./raw-json.ts";
import type { Session } from "./session.ts";
import { type Column, detailText, tableText } from "./table.ts";

/** Items of one request. */
const pageSize = 100;

export interface ListPrinting<Item> {
  readonly columns: readonly Column<Item>[];
  /** Items in all; null prints every one. */
  readonly limit: number | null;
  page(query: { readonly limit: number; readonly after?: string }): Promise<Page<Item>>;
}

/** Page by page, so that the first rows are there before the last ones are read. */
export async function printList<Item extends object>(session: Session, list: ListPrinting<Item>): Promise<void> {
  const rows = rowPrinter(session, list.columns);
  let left = list.limit ?? Number.POSITIVE_INFINITY;
  let after: string | undefined;
  let count = 0;
  for (;;) {
    const page = await list.page({ limit: Math.min(left, pageSize), ...(after !== undefined && { after }) });
    await rows.print(page.data);
    count += page.data.length;
    left -= page.data.length;
    if (session.signal.aborted || !page.has_more || page.next_cursor === null) break;
    if (left <= 0) {
      session.note(`These are the first ${count}; --limit takes more.`);
      break;
    }
    after = page.next_cursor;
  }
  if (count === 0 && session.output.isTable) session.note("There are none.");
}

/** Rows that belong together: one row of titles, and columns that never get narrower. */
export function rowPrinter<Item extends object>(
  { output, progress }: Session,
  columns: readonly Column<Item>[],
): { print(items: readonly Item[]): Promise<void> } {
  let widths: readonly number[] | null = null;
  return {
    async print(items) {
      if (!output.isTable) {
        await output.writeJsonLines(items.map(jsonOf));
        return;
      }
      if (items.length === 0) return;
      const table = tableText(items, columns, { width: output.width, widthsBefore: widths });
      widths = table.widths;
      progress.clear();
      if (table.title !== null) await output.write(`${output.dim(table.title)}\n`);
      await output.write(table.rows);
    },
  };
}

export async function printOne({ output }: Session, item: object): Promise<void> {
  if (output.isTable) await output.write(detailText(item));
  else await output.writeJsonLines([jsonOf(item)]);
}
