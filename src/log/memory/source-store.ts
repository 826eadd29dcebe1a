import { limits } from "../../core/limits.ts";
import type { Receipt, Source } from "../../core/source.ts";
import type { BuiltOn } from "../configuration-changes.ts";
import type { ReceiptQuery, ReceiptTrimRule, SourceStore } from "../source-store.ts";
import type { MemoryConfigurationChanges } from "./configuration-changes.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `SourceStore`. */
export class MemorySourceStore implements SourceStore {
  readonly #data: MemoryData;
  readonly #changes: MemoryConfigurationChanges;

  constructor(data: MemoryData, changes: MemoryConfigurationChanges) {
    this.#data = data;
    this.#changes = changes;
  }

  async load(): Promise<readonly Source[]> {
    this.#data.requireOpen();
    return [...this.#data.sources.values()].sort((left, right) => left.number - right.number);
  }

  async create(source: Omit<Source, "number">, builtOn?: BuiltOn): Promise<Source> {
    this.#data.requireOpen();
    this.#changes.require("source", null, builtOn);
    this.#data.commits += 1;
    this.#data.sourcesMade += 1;
    const created = { ...source, number: this.#data.sourcesMade };
    this.#data.sources.set(created.number, created);
    this.#changes.note("source", created.number);
    return created;
  }

  async update(source: Source, builtOn?: BuiltOn): Promise<void> {
    const { number } = source;
    this.#data.requireOpen();
    this.#changes.require("source", String(number), builtOn);
    this.#data.commits += 1;
    if (!this.#data.sources.has(number)) return;
    this.#data.sources.set(number, source);
    this.#changes.note("source", number);
  }

  async remove(sourceNumber: number): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    if (this.#data.sources.delete(sourceNumber)) this.#changes.note("source", sourceNumber);
    for (const { id } of this.#newestFirst(sourceNumber)) this.#data.receipts.delete(id);
  }

  async note(receipts: readonly Receipt[]): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    for (const receipt of receipts) {
      const isKnown = this.#data.receipts.has(receipt.id) || !this.#data.sources.has(receipt.sourceNumber);
      if (!isKnown) this.#data.receipts.set(receipt.id, receipt);
    }
    for (const sourceNumber of new Set(receipts.map((receipt) => receipt.sourceNumber))) {
      const tooMany = this.#newestFirst(sourceNumber).slice(limits.receiptsPerSource);
      for (const { id } of tooMany) this.#data.receipts.delete(id);
    }
    let bytes = 0;
    for (const { id, request } of this.#newestFirst()) {
      bytes += request.length;
      if (bytes > limits.receiptBytes) this.#data.receipts.delete(id);
    }
  }

  async receipts(query: ReceiptQuery): Promise<readonly Receipt[]> {
    this.#data.requireOpen();
    const { sourceNumber, outcome, before, limit } = query;
    return this.#newestFirst(sourceNumber)
      .filter((receipt) => (before === null || receipt.id < before) && (outcome ?? receipt.outcome) === receipt.outcome)
      .slice(0, limit);
  }

  async receipt(id: string): Promise<Receipt | null> {
    this.#data.requireOpen();
    return this.#data.receipts.get(id) ?? null;
  }

  async trimReceipts({ olderThanMs, rowsMax }: ReceiptTrimRule): Promise<boolean> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    const oldest = this.#newestFirst().reverse().slice(0, rowsMax);
    const old = oldest.filter(({ receivedAtMs }) => receivedAtMs < olderThanMs);
    for (const { id } of old) this.#data.receipts.delete(id);
    return old.length === rowsMax;
  }

  #newestFirst(sourceNumber?: number): Receipt[] {
    return [...this.#data.receipts.values()]
      .filter((receipt) => (sourceNumber ?? receipt.sourceNumber) === receipt.sourceNumber)
      .sort((left, right) => (left.id < right.id ? 1 : -1));
  }
}
