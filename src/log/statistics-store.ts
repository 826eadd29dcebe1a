import type { Measures } from "../core/measures.ts";

/** What a row of statistics is of. */
export interface RowKey {
  /** See `grains` of statistics-rows.ts. */
  readonly grain: number;
  readonly stepMs: number;
  readonly beginsAtMs: number;
  readonly tenant: string;
  /** 0 where the grain does not tell. */
  readonly endpointNumber: number;
  /** Empty where the grain does not tell, or the event has left the log. */
  readonly type: string;
}

export interface StatisticsRow extends RowKey {
  readonly measures: Measures;
}

export interface RollState {
  /** The attempts up to this sequence are counted. */
  readonly rolledTo: number;
  /** The last attempt that is journalled. */
  readonly lastSequence: number;
}

/** Attempts that were read and added up, and not stored yet. */
export interface RolledPage {
  readonly rows: readonly StatisticsRow[];
  /** How many attempts were read. */
  readonly attempts: number;
  /** The last sequence that is among them; the one that was asked from where there is none. */
  readonly through: number;
}

export type StatisticsGroup = "none" | "tenant" | "endpoint" | "type";

export interface StatisticsQuery {
  /** Of events accepted at or after, and before; multiples of `stepMs`. */
  readonly fromMs: number;
  readonly beforeMs: number;
  readonly stepMs: number;
  /** A multiple of `stepMs`. */
  readonly bucketMs: number;
  readonly tenant?: string;
  readonly endpointNumber?: number;
  readonly type?: string;
  readonly groupBy: StatisticsGroup;
  /** Those with the most deliveries stand alone, the others together. */
  readonly groupsMax: number;
}

export interface FoundGroup {
  /** A tenant, a type, or an endpoint's number; null is that of all, or of those that do not stand alone. */
  readonly key: string | number | null;
  readonly isOthers: boolean;
  /** By the begin of each bucket, those that have something, ascending. */
  readonly buckets: ReadonlyMap<number, Measures>;
}

/**
 * What attempts came to, by when their events were accepted. Rows come of the journal's attempts, beside its
 * transactions. Rejects as `EventLog` does.
 */
export interface StatisticsStore {
  state(): Promise<RollState>;
  /** The next attempts beyond a sequence, at most `limit` of them; fewer where they make too many rows. */
  page(query: { readonly after: number; readonly limit: number; readonly minutesFromMs: number }): Promise<RolledPage>;
  /**
   * Stores rows and how far they go, in one transaction. False where `after` is not how far it had come: then another
   * was first, and nothing is stored.
   */
  add(page: RolledPage & { readonly after: number }): Promise<boolean>;
  /** The most deliveries first, and the others last. */
  read(query: StatisticsQuery): Promise<readonly FoundGroup[]>;
  /** One small step of their retention, for each length of a step; true when another has work to do. */
  trim(rule: StatisticsTrimRule): Promise<boolean>;
}

export interface StatisticsTrimRule {
  /** Steps that begin before this leave. */
  readonly minutesBeforeMs: number;
  readonly hoursBeforeMs: number;
  readonly rowsMax: number;
}
