import type { Receipt, Source } from "../../core/source.ts";
import type { ReceiptQuery, ReceiptTrimRule, SourceStore } from "../source-store.ts";
import type { SourceChange } from "./group.ts";
import type { LazyThread } from "./lazy-thread.ts";
import type { ReaderQuestion } from "./reader-worker.ts";
import type { Writer } from "./writer.ts";

export class SqliteSourceStore implements SourceStore {
  readonly #writer: Writer;
  readonly #reader: LazyThread;

  constructor(writer: Writer, reader: LazyThread) {
    this.#writer = writer;
    this.#reader = reader;
  }

  load(): Promise<readonly Source[]> {
    return this.#writer.load<readonly Source[]>("loadSources");
  }

  async create(source: Omit<Source, "number">): Promise<Source> {
    return { ...source, number: await this.#submit({ do: "createSource", source }) };
  }

  async update(source: Source): Promise<void> {
    await this.#submit({ do: "updateSource", source });
  }

  async remove(sourceNumber: number): Promise<void> {
    await this.#submit({ do: "removeSource", sourceNumber });
  }

  async note(receipts: readonly Receipt[]): Promise<void> {
    await this.#submit({ do: "noteReceipts", receipts });
  }

  receipts(query: ReceiptQuery): Promise<readonly Receipt[]> {
    return this.#ask({ do: "receipts", query });
  }

  receipt(id: string): Promise<Receipt | null> {
    return this.#ask({ do: "receipt", id });
  }

  async trimReceipts(rule: ReceiptTrimRule): Promise<boolean> {
    return (await this.#submit({ do: "trimReceipts", rule })) === 1;
  }

  #submit(change: SourceChange): Promise<number> {
    return this.#writer.submit<number>({ do: "change", change, announce: null });
  }

  #ask<Answer>(question: ReaderQuestion): Promise<Answer> {
    return this.#reader.ask<Answer>(question);
  }
}
