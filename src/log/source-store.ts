import type { Receipt, Source } from "../core/source.ts";
import type { BuiltOn } from "./configuration-changes.ts";

export interface ReceiptQuery {
  readonly sourceNumber: number;
  readonly outcome?: Receipt["outcome"];
  /** The page begins before the receipt with this id, and goes back; null begins with the newest. */
  readonly before: string | null;
  readonly limit: number;
}

export interface ReceiptTrimRule {
  /** Remove receipts of requests that came before this. */
  readonly olderThanMs: number;
  /** The most that one step removes. */
  readonly rowsMax: number;
}

/**
 * Sources and the bounded log of what they did not take. Each method is one transaction, and rejects as `EventLog` does;
 * where `builtOn` is given, as `RegistryStore` does.
 */
export interface SourceStore {
  load(): Promise<readonly Source[]>;
  /** Gives the source its number, which is never used again. */
  create(source: Omit<Source, "number">, builtOn?: BuiltOn): Promise<Source>;
  update(source: Source, builtOn?: BuiltOn): Promise<void>;
  /** Removes the source and its receipts. Its events stay. */
  remove(sourceNumber: number): Promise<void>;
  /**
   * Adds receipts, and removes the oldest of each source beyond `limits.receiptsPerSource`, and of all beyond
   * `limits.receiptBytes` of their requests. Of sources that are gone meanwhile, and of ids that are there, adds nothing.
   */
  note(receipts: readonly Receipt[]): Promise<void>;
  /** Newest first: by id, whose first part is the time. */
  receipts(query: ReceiptQuery): Promise<readonly Receipt[]>;
  receipt(id: string): Promise<Receipt | null>;
  /** One small step of retention. True when another has work to do. */
  trimReceipts(rule: ReceiptTrimRule): Promise<boolean>;
}
