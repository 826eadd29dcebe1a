/** How fast an endpoint is sent to, beside its window, and what counts as delivered. */
export interface RateLimit {
  readonly perSecond: number;
  /** Attempts that may go at once after a pause. */
  readonly burst: number;
}

export interface PaceSettings {
  /** Null: as fast as its window allows. */
  readonly rateLimit: RateLimit | null;
  /** Statuses that deliver, beside 2xx. */
  readonly successStatuses: readonly number[];
}

export const paceDefaults: PaceSettings = { rateLimit: null, successStatuses: [] };
