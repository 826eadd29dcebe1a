import { limits } from "../../core/limits.ts";
import { type Receipt, type Source, storedSource } from "../../core/source.ts";
import type { BuiltOn } from "../configuration-changes.ts";
import type { ReceiptQuery, ReceiptTrimRule, SourceStore } from "../source-store.ts";
import { builtOn as basis, type ConfigurationWriter } from "./configuration-writer.ts";
import type { Row } from "./database.ts";
import type { StoreParts } from "./parts.ts";
import { notedReceipts, receiptOf } from "./receipt-columns.ts";
import { isStorable } from "./storable-text.ts";

/** Behind every id. */
const beyondIds = "~";

export class PostgresSourceStore implements SourceStore {
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;

  constructor(parts: StoreParts, writer: ConfigurationWriter) {
    this.#parts = parts;
    this.#writer = writer;
  }

  async load(): Promise<readonly Source[]> {
    const rows = await this.#parts.database.run("sources-all");
    return rows.map(sourceOf);
  }

  async create(source: Omit<Source, "number">, builtOn?: BuiltOn): Promise<Source> {
    const change = { kind: "source", key: null, document: JSON.stringify(source) } as const;
    return { ...source, number: await this.#writer.submit([{ ...change, ...basis(builtOn) }]) };
  }

  async update(source: Source, builtOn?: BuiltOn): Promise<void> {
    const { number, ...members } = source;
    const change = { kind: "source", key: String(number), document: JSON.stringify(members) } as const;
    await this.#writer.submit([{ ...change, ...basis(builtOn) }]);
  }

  async remove(sourceNumber: number): Promise<void> {
    await this.#writer.submit([{ kind: "source", key: String(sourceNumber), document: null }]);
  }

  async note(receipts: readonly Receipt[]): Promise<void> {
    const { rows, requests } = notedReceipts(receipts);
    const bounds = [limits.receiptsPerSource, limits.receiptBytes];
    await this.#parts.write((run) => run("receipts-note", [rows, requests, ...bounds]));
  }

  async receipts(query: ReceiptQuery): Promise<readonly Receipt[]> {
    const { sourceNumber, outcome, limit } = query;
    const page = [sourceNumber, query.before ?? beyondIds, limit];
    const { run } = this.#parts.database;
    const rows =
      outcome === undefined ? run("receipts-page", page) : run("receipts-page-of-outcome", [...page, outcome]);
    return (await rows).map(receiptOf);
  }

  async receipt(id: string): Promise<Receipt | null> {
    const [row] = isStorable(id) ? await this.#parts.database.run("receipt-get", [id]) : [];
    return row === undefined ? null : receiptOf(row);
  }

  async trimReceipts({ olderThanMs, rowsMax }: ReceiptTrimRule): Promise<boolean> {
    const nowMs = this.#parts.clock.steadyMs();
    const [row] = await this.#parts.write((run) => run("receipts-trim", [olderThanMs, rowsMax, nowMs]));
    return row?.removed === rowsMax;
  }
}

export const sourceOf = ({ number, document }: Row): Source =>
  storedSource(JSON.parse(document as string), number as number);
