import type { DatabaseSync, StatementSync } from "node:sqlite";
import { limits } from "../../core/limits.ts";
import type { Receipt } from "../../core/source.ts";
import type { ReceiptTrimRule } from "../source-store.ts";
import type { SourceChange } from "./group.ts";
import { firstRow, prepare } from "./sql.ts";

/** The part of the writer that stores sources, and what they did not take. */
export class SourceWriter {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #receiptInsert: StatementSync;
  readonly #receiptsRemoveAll: StatementSync;
  readonly #receiptsRemoveBeyond: StatementSync;
  readonly #receiptRemoveOldest: StatementSync;
  readonly #receiptsTrim: StatementSync;
  readonly #receiptBytes: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = prepare(database, "source-insert");
    this.#update = prepare(database, "source-update");
    this.#remove = prepare(database, "source-remove");
    this.#receiptInsert = prepare(database, "receipt-insert");
    this.#receiptsRemoveAll = prepare(database, "receipts-remove-all");
    this.#receiptsRemoveBeyond = prepare(database, "receipts-remove-beyond");
    this.#receiptRemoveOldest = prepare(database, "receipt-remove-oldest");
    this.#receiptsTrim = prepare(database, "receipts-trim");
    this.#receiptBytes = prepare(database, "receipt-bytes");
  }

  /**
   * Inside the group's transaction. Answers the number of the source that was made; of retention, 1 where another step
   * has work to do; else 0.
   */
  apply(change: SourceChange): number {
    switch (change.do) {
      case "createSource":
        return Number(this.#insert.run(JSON.stringify(change.source)).lastInsertRowid);
      case "updateSource": {
        const { number, ...members } = change.source;
        this.#update.run(number, JSON.stringify(members));
        return 0;
      }
      case "removeSource":
        this.#remove.run(change.sourceNumber);
        this.#receiptsRemoveAll.run(change.sourceNumber);
        return 0;
      case "noteReceipts":
        this.#note(change.receipts);
        return 0;
      case "trimReceipts":
        return this.#trim(change.rule) ? 1 : 0;
    }
  }

  #note(receipts: readonly Receipt[]): void {
    for (const receipt of receipts) {
      const { id, sourceNumber, outcome, code, detail, eventId, receivedAtMs, bodyTruncated, request } = receipt;
      const cut = bodyTruncated ? 1 : 0;
      this.#receiptInsert.run(id, sourceNumber, outcome, code, detail, eventId, receivedAtMs, cut, request);
    }
    for (const sourceNumber of new Set(receipts.map((receipt) => receipt.sourceNumber))) {
      this.#receiptsRemoveBeyond.run(sourceNumber, limits.receiptsPerSource);
    }
    while (Number(firstRow(this.#receiptBytes)?.[0]) > limits.receiptBytes) this.#receiptRemoveOldest.run();
  }

  #trim({ olderThanMs, rowsMax }: ReceiptTrimRule): boolean {
    return Number(this.#receiptsTrim.run(olderThanMs, rowsMax).changes) === rowsMax;
  }
}
