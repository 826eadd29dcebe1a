/** Statistics, as they travel. */

export interface DelayQuantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Until the event was delivered; null where nothing was. */
export interface Delays {
  readonly from_occurred: DelayQuantiles | null;
  readonly from_accepted: DelayQuantiles | null;
  readonly from_attempt: DelayQuantiles | null;
}

export interface Measures {
  /** Deliveries that had a first attempt. */
  readonly sent: number;
  readonly delivered: number;
  /** Null where nothing was sent. */
  readonly success_rate: number | null;
  /** Without those of replays and tests. */
  readonly attempts: number;
  readonly attempts_per_delivery: number | null;
  readonly delay_ms: Delays;
  /** Attempts that failed, by class of error. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface StatisticsBucket extends Measures {
  /** When it begins: its events were accepted from then on. */
  readonly at: string;
}

export interface StatisticsGroup {
  /** The tenant, the id of the endpoint, or the type; null for all, for others, and for what is not there any more. */
  readonly key: string | null;
  /** All that do not stand alone. */
  readonly is_others: boolean;
  readonly total: Measures;
  /** Ascending; those without an attempt are left out. */
  readonly buckets: readonly StatisticsBucket[];
}

/** What is true now, whatever the range. */
export interface DeliveriesNow {
  readonly endpoints: number;
  readonly enabled: number;
  /** Enabled endpoints whose last attempt failed. */
  readonly failing: number;
  readonly paused: number;
  readonly disabled: number;
  /** Events that enabled endpoints have not come to yet, and deliveries of theirs that wait for a retry. */
  readonly backlog: number;
  /** The deliveries among them. */
  readonly parked: number;
  readonly oldest_undelivered_at: string | null;
  readonly lag_ms: number;
}

export type StatisticsBucketLength = "1m" | "5m" | "15m" | "1h" | "6h" | "1d";
export type StatisticsGrouping = "none" | "tenant" | "endpoint" | "type";

export interface Statistics {
  readonly from: string;
  readonly to: string;
  readonly bucket: StatisticsBucketLength;
  readonly bucket_ms: number;
  readonly group_by: StatisticsGrouping;
  /** Attempts that had ended by then are counted. */
  readonly as_of: string | null;
  readonly total: Measures;
  /** Most deliveries first, and the others together. */
  readonly groups: readonly StatisticsGroup[];
  readonly now: DeliveriesNow;
}
